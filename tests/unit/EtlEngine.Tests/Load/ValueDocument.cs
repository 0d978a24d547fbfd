using System.Runtime.CompilerServices;

namespace EtlTools.Engine.Tests.Load;

/// <summary>Tables in docs/values.md that tests prove.</summary>
internal static class ValueDocument
{
    /// <summary>Compares a table with the one in the page, or writes it there where ETLTOOLS_UPDATE=1 says so.</summary>
    /// <param name="head">How its first line begins.</param>
    /// <param name="lines">Its lines.</param>
    public static void Require(string head, string[] lines, [CallerFilePath] string here = "")
    {
        string path = Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "..", "..", "docs", "values.md");
        string[] page = File.ReadAllText(path).ReplaceLineEndings("\n").Split('\n');
        int start = Array.FindIndex(page, line => line.StartsWith(head, StringComparison.Ordinal));
        string[] table = [.. page.Skip(start).TakeWhile(line => line.StartsWith('|'))];
        if (Environment.GetEnvironmentVariable("ETLTOOLS_UPDATE") == "1")
            File.WriteAllText(path, string.Join('\n', [.. page.Take(start), .. lines, .. page.Skip(start + table.Length)]));
        else
            Assert.Equal(lines, table);
    }
}
