using System.Collections;
using System.Text;
using EtlTools.Cmdlets.Arguments;
using EtlTools.Engine.Extract;
using EtlTools.Engine.Extract.Csv;

namespace EtlTools.Cmdlets.Completion;

/// <summary>The columns that a command line refers to, from the header of the file that it reads.</summary>
internal static class HeaderColumns
{
    private const string Source = "Import-EtlCsv";

    /// <summary>The columns of the file for the command that reads it; for other commands, the columns of the records that reach
    /// them.</summary>
    public static IReadOnlyList<string> Of(TypedLine line)
    {
        if (line.Name == Source)
            return line.Arguments["Header"] is null ? Read(line, Format(line)) : [.. line.Texts("Header")];
        return line.Before(Source) is { } source
            ? Read(source, Format(source) with
            {
                Header = source.Arguments["Header"] is null ? null : [.. source.Texts("Header")],
                Columns = [.. source.Texts("Column")],
                Rename = source.Arguments["Rename"] is IDictionary names ? ColumnArguments.Names(names, "Rename") : [],
            })
            : [];
    }

    private static IReadOnlyList<string> Read(TypedLine line, CsvOptions format) =>
        line.File() is { } file ? Inquiry.Ask(token => CsvSource.ReadHeaderAsync(new DiskFile(file), format, token)) : [];

    private static CsvOptions Format(TypedLine line) => new()
    {
        Delimiter = Delimiter(line.Text("Delimiter")),
        Quote = line.Arguments.Contains("Quote") ? Character(line.Text("Quote")) : '"',
        Comment = Character(line.Text("Comment")),
        SkipRows = int.TryParse(line.Text("SkipRows"), out int rows) ? rows : 0,
        Encoding = new EncodingArgumentAttribute().Transform(null!, line.Arguments["Encoding"]) as Encoding,
        NoHeader = line.Arguments.Contains("NoHeader"),
        DuplicateHeaders = DuplicateHeaders.Rename,
    };

    /// <summary>The delimiter as given; null if the line has none, so that it is detected.</summary>
    private static string? Delimiter(string? given) =>
        given is null || given.Equals("Auto", StringComparison.OrdinalIgnoreCase) ? null : CharacterArgumentAttribute.OfName(given) ?? given;

    private static char? Character(string? given) => given is { Length: 1 } ? given[0] : null;
}
