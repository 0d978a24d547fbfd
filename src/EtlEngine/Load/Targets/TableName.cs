using System.Text;

namespace EtlTools.Engine.Load;

/// <summary>The name of a table, with its schema if one was given.</summary>
/// <param name="Schema">The schema, or null for the default one.</param>
/// <param name="Name">The table's own name.</param>
internal sealed record TableName(string? Schema, string Name)
{
    /// <summary>The number of parts of a name that begins with a database.</summary>
    private const int DatabaseParts = 3;

    /// <summary>Reads a name such as <c>orders</c>, <c>main.orders</c>, <c>"odd name"</c> or <c>[dbo].[orders]</c>.</summary>
    /// <param name="text">The name.</param>
    /// <param name="parameter">The parameter that has it, for messages.</param>
    /// <exception cref="EtlException">The name cannot be read.</exception>
    public static TableName Parse(string text, string parameter = "-Table")
    {
        List<string> parts = Split(text, parameter);
        return parts.Count <= 2 && parts.TrueForAll(part => part.Length > 0)
            ? new TableName(parts.Count == 2 ? parts[0] : null, parts[^1])
            : throw (parts.Count == DatabaseParts ? OtherDatabase(text, parts, parameter) : Unreadable(text, parameter));
    }

    /// <summary>Returns the name, or throws if the table is temporary.</summary>
    /// <param name="temporary">The schema of temporary tables.</param>
    /// <exception cref="EtlException">The table would end with the command, and with it what is loaded.</exception>
    public TableName RequireLasting(string temporary) => !string.Equals(Schema, temporary, StringComparison.OrdinalIgnoreCase)
        ? this
        : throw new EtlException(
            FailureCodes.InvalidParameter, FailureKind.InvalidCall,
            $"'{this}' is a temporary table. It would end with this command, and with it what is loaded. Name a table outside of the schema '{temporary}'.");

    public override string ToString() => Schema is null ? Name : $"{Schema}.{Name}";

    /// <summary>The name in a form that <see cref="Parse"/> reads.</summary>
    public string ToArgument() => Schema is null ? ToArgument(Name) : $"{ToArgument(Schema)}.{ToArgument(Name)}";

    private static string ToArgument(string part) =>
        part.Length > 0 && !part.Contains('.', StringComparison.Ordinal) && part[0] is not ('"' or '[' or '`') && part.Trim().Length == part.Length
            ? part
            : $"\"{part.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static List<string> Split(string text, string parameter)
    {
        var parts = new List<string>();
        int at = 0;
        while (true)
        {
            parts.Add(at < text.Length && text[at] is '"' or '[' or '`' ? ReadQuoted(text, ref at, parameter) : ReadPlain(text, ref at));
            if (at == text.Length)
                return parts;
            if (text[at++] != '.')
                throw Unreadable(text, parameter);
        }
    }

    private static string ReadPlain(string text, ref int at)
    {
        int dot = text.IndexOf('.', at);
        int end = dot < 0 ? text.Length : dot;
        string part = text[at..end].Trim();
        at = end;
        return part;
    }

    private static string ReadQuoted(string text, ref int at, string parameter)
    {
        char close = text[at] == '[' ? ']' : text[at];
        var part = new StringBuilder();
        for (at++; at < text.Length; at++)
        {
            if (text[at] == close)
            {
                // A doubled quote means one quote.
                if (at + 1 == text.Length || text[at + 1] != close)
                {
                    at++;
                    return part.ToString();
                }
                at++;
            }
            part.Append(text[at]);
        }
        throw Unreadable(text, parameter);
    }

    private static EtlException OtherDatabase(string text, List<string> parts, string parameter) => new(
        FailureCodes.InvalidParameter, FailureKind.InvalidCall,
        $"{parameter} '{text}' has three parts. Use -Database '{parts[0]}', and {parameter} {(parts[1].Length > 0 ? $"{ToArgument(parts[1])}." : "")}{ToArgument(parts[2])}. If the name itself contains dots, put it into quotes: \"{text}\".");

    private static EtlException Unreadable(string text, string parameter) => new(
        FailureCodes.InvalidParameter, FailureKind.InvalidCall,
        $"{parameter} '{text}' is not a valid name. Write table, schema.table or \"odd name\"; double a quote inside quotes.");
}
