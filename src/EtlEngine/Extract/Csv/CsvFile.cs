using EtlTools.Engine.Records;
using EtlTools.Engine.Transform;

namespace EtlTools.Engine.Extract.Csv;

/// <summary>What all chunks of a file share.</summary>
internal sealed class CsvFile(CsvSource? owner, CsvOptions options, SourceInfo source)
{
    /// <summary>Creates the errors of failed records.</summary>
    public CsvSource Owner => owner ?? throw new InvalidOperationException("The file is read for its header only.");

    public CsvOptions Options => options;

    /// <summary>Reports something about the file to the user; ignored if only its header is read.</summary>
    public void Warn(string code, string message) => owner?.Warn(new EtlException(code, FailureKind.InvalidData, message));

    /// <summary>Reports what was detected about the file, for -Verbose.</summary>
    public void Tell(string text) => owner?.Tell(text);

    /// <summary>Reports the columns that the file lacks.</summary>
    public void NoteMissing(IReadOnlyList<string> columns) => owner?.NoteMissing(columns);

    /// <summary>Reports the inferred types of the columns.</summary>
    public void NoteInferred(IReadOnlyList<KeyValuePair<string, ColumnType>> types) => owner?.NoteInferred(source.Name, types);

    public SourceInfo Source => source;

    /// <summary>The columns.</summary>
    public CsvLayout Layout { get; init; } = CsvLayout.Unknown;

    /// <summary>Whether the columns are known.</summary>
    public bool HasColumns => !ReferenceEquals(Layout, CsvLayout.Unknown);

    /// <summary>The special characters: those of the options until the file has shown its own.</summary>
    public CsvDialect Dialect { get; init; } = options.DialectFor(options.Delimiter ?? ",", options.Comment, []);

    /// <summary>Whether the bytes were converted to UTF-8 from another encoding.</summary>
    public bool IsTranscoded { get; init; }

    /// <summary>Whether the lines of its records are known.</summary>
    public bool HasLines { get; init; } = true;

    /// <summary>This file with its columns. Chunks in the pool keep the object with which they were created, so no columns change while a
    /// worker uses them.</summary>
    public CsvFile With(CsvLayout layout) => With(layout, Dialect, IsTranscoded);

    /// <summary>This file, after it is known how to read its text.</summary>
    public CsvFile With(CsvDialect dialect, bool isTranscoded) => With(Layout, dialect, isTranscoded);

    private CsvFile With(CsvLayout layout, CsvDialect dialect, bool isTranscoded) =>
        new(owner, options, source) { Dialect = dialect, IsTranscoded = isTranscoded, HasLines = HasLines, Layout = layout };
}
