using EtlTools.Engine.Records;

namespace EtlTools.Engine.Extract.Csv;

/// <summary>What all chunks of a file share.</summary>
internal sealed class CsvFile(CsvSource? owner, CsvOptions options, SourceInfo source)
{
    /// <summary>Makes the failed records' errors.</summary>
    public CsvSource Owner => owner ?? throw new InvalidOperationException("The file is read for its header only.");

    public CsvOptions Options => options;

    /// <summary>Tells the user something about the file; nobody where only its header is read.</summary>
    public void Warn(string code, string message) => owner?.Warn(new EtlException(code, FailureKind.InvalidData, message));

    /// <summary>Tells what was found out about the file, for -Verbose.</summary>
    public void Tell(string text) => owner?.Tell(text);

    /// <summary>Tells which columns the file lacks.</summary>
    public void NoteMissing(IReadOnlyList<string> columns) => owner?.NoteMissing(columns);

    public SourceInfo Source => source;

    /// <summary>The columns.</summary>
    public CsvLayout Layout { get; init; } = CsvLayout.Unknown;

    /// <summary>Whether the columns are known.</summary>
    public bool HasColumns => !ReferenceEquals(Layout, CsvLayout.Unknown);

    /// <summary>The marks: those of the options until the file has told its own.</summary>
    public CsvDialect Dialect { get; init; } = options.DialectFor(options.Delimiter ?? ",", options.Comment, []);

    /// <summary>Whether the bytes were turned into UTF-8 from another encoding.</summary>
    public bool IsTranscoded { get; init; }

    /// <summary>Whether the lines of its records are known.</summary>
    public bool HasLines { get; init; } = true;

    /// <summary>This file with its columns: chunks in the pool keep the object they came with, so that no columns change under
    /// a worker.</summary>
    public CsvFile With(CsvLayout layout) => With(layout, Dialect, IsTranscoded);

    /// <summary>This file, when it is known how its text is to be read.</summary>
    public CsvFile With(CsvDialect dialect, bool isTranscoded) => With(Layout, dialect, isTranscoded);

    private CsvFile With(CsvLayout layout, CsvDialect dialect, bool isTranscoded) =>
        new(owner, options, source) { Dialect = dialect, IsTranscoded = isTranscoded, HasLines = HasLines, Layout = layout };
}
