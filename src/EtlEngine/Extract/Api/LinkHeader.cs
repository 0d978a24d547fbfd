namespace EtlTools.Engine.Extract.Api;

/// <summary>Reads Link headers (RFC 8288).</summary>
internal static class LinkHeader
{
    /// <summary>The target of the first link with rel="next", or null.</summary>
    public static string? FindNext(IEnumerable<string> headers)
    {
        foreach (string header in headers)
        {
            int at = 0;
            while ((at = header.IndexOf('<', at)) >= 0)
            {
                int end = header.IndexOf('>', at);
                if (end < 0)
                    break;
                string target = header[(at + 1)..end];
                at = EndOfLink(header, end + 1);
                if (IsNext(header[(end + 1)..at]))
                    return target;
            }
        }
        return null;
    }

    /// <summary>The comma after a link, or the end of the header; commas inside quotes do not count.</summary>
    private static int EndOfLink(string header, int from)
    {
        bool quoted = false;
        for (int i = from; i < header.Length; i++)
        {
            if (header[i] == '"')
                quoted = !quoted;
            else if (header[i] == ',' && !quoted)
                return i;
        }
        return header.Length;
    }

    /// <summary>Some services always name a next page, and use results="false" to say that it is empty.</summary>
    private static bool IsNext(string parameters) => Has(parameters, "rel", "next") && !Has(parameters, "results", "false");

    // Apostrophes are not correct, and yet sent.
    private static bool Has(string parameters, string name, string value) => parameters.Split(';')
        .Select(parameter => parameter.Split('=', 2))
        .Any(pair => pair.Length == 2 && pair[0].Trim().Equals(name, StringComparison.OrdinalIgnoreCase)
            && pair[1].Trim().Trim('"', '\'').Split(' ').Contains(value, StringComparer.OrdinalIgnoreCase));
}
