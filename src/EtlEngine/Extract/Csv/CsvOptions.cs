using System.Collections.ObjectModel;
using System.Text;
using System.Text.RegularExpressions;
using EtlTools.Engine.Transform;

namespace EtlTools.Engine.Extract.Csv;

/// <summary>How CSV files are read. Immutable; <see cref="Validate"/> is called once, by the source.</summary>
internal sealed record CsvOptions
{
    /// <summary>The default of <see cref="MaxFieldBytes"/>: 16 MiB.</summary>
    public const int DefaultMaxFieldBytes = 16 * 1024 * 1024;

    /// <summary>The largest <see cref="MaxFieldBytes"/>: 256 MiB, because a record must fit in one array.</summary>
    public const int LargestMaxFieldBytes = 256 * 1024 * 1024;

    /// <summary>The largest number of characters in <see cref="Delimiter"/>.</summary>
    public const int MaxDelimiterLength = 32;

    /// <summary>How many fields of the largest size a record may have.</summary>
    private const int RecordToField = 4;

    private readonly int? _maxRecordBytes;

    /// <summary>The text between fields, of one or more characters. Default a comma; null: detected in the head of each file.</summary>
    public string? Delimiter { get; init; } = ",";

    /// <summary>The character around fields, ASCII. Default a double quote; null: quotes are text.</summary>
    public char? Quote { get; init; } = '"';

    /// <summary>The ASCII character that escapes a quote inside quotes. Default null: a second quote. Without quotes it is the escape of
    /// COPY and mysqldump, used before a delimiter, a line end, itself, and the letters for control characters (<c>\n</c>, <c>\t</c>);
    /// <c>\N</c> is null.</summary>
    public char? Escape { get; init; }

    /// <summary>The line end of rows. Default: that of the first row.</summary>
    public CsvNewLine NewLine { get; init; }

    /// <summary>The beginning of a comment line. Default null: none.</summary>
    public char? Comment { get; init; }

    /// <summary>Lines to skip before the header, whatever they contain. Default 0.</summary>
    public int SkipRows { get; init; }

    /// <summary>Rows to leave out at the end, whatever they contain. Default 0. A file with fewer rows is refused.</summary>
    public int SkipLast { get; init; }

    /// <summary>Rows to skip after the header, for example a row of units. Default 0.</summary>
    public int SkipAfterHeader { get; init; }

    /// <summary>A pattern for the text of the header row; earlier rows are skipped. Default null: the first row is the header.</summary>
    public Regex? HeaderPattern { get; init; }

    /// <summary>Whether rows that equal the header are skipped. Default false.</summary>
    public bool SkipRepeatedHeader { get; init; }

    /// <summary>Whether a file without a header row is read as one without records, instead of being refused. Default false.</summary>
    public bool AllowEmptyFile { get; init; }

    /// <summary>Whether blanks around a field are removed, except inside quotes. Default false.</summary>
    public bool Trim { get; init; }

    /// <summary>The files' encoding. Default null: that of the byte order mark, or UTF-8 without one.</summary>
    public Encoding? Encoding { get; init; }

    /// <summary>What happens to a record with bytes that are not text. Default: it fails.</summary>
    public InvalidBytesAction InvalidBytes { get; init; }

    /// <summary>Whether the first row is data and the columns are named col_0, col_1 and so on, as many as the first readable row has.
    /// Default false.</summary>
    public bool NoHeader { get; init; }

    /// <summary>The column names; the first row is then data. Default null: the first row has them.</summary>
    public IReadOnlyList<string>? Header { get; init; }

    /// <summary>The columns to read, by the file's names, in this order. Default none: all.</summary>
    public IReadOnlyList<string> Columns { get; init; } = [];

    /// <summary>Other names for columns, by the file's names. Default none.</summary>
    public IReadOnlyDictionary<string, string> Rename { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>What happens to a header that has a name twice. Default: the file is refused.</summary>
    public DuplicateHeaders DuplicateHeaders { get; init; }

    /// <summary>What happens to a row of too few or too many fields. Default: it fails.</summary>
    public MismatchedFields MismatchedFields { get; init; }

    /// <summary>The types of columns, by the file's names without regard to case; others stay text. Default none.</summary>
    public IReadOnlyDictionary<string, ColumnType> Types { get; init; } = ReadOnlyDictionary<string, ColumnType>.Empty;

    /// <summary>What happens to a column that <see cref="Columns"/>, <see cref="Rename"/> or <see cref="Types"/> names and a file lacks.
    /// Default: the file is refused.</summary>
    public MissingColumns MissingColumns { get; init; }

    /// <summary>Whether the types of the other columns are inferred from the first records. Default false.</summary>
    public bool InferTypes { get; init; }

    /// <summary>How texts are converted to values.</summary>
    public ConversionOptions Conversion { get; init; } = ConversionOptions.Default;

    /// <summary>Texts that are null in every column. Default none.</summary>
    public IReadOnlyList<string> NullValues { get; init; } = [];

    /// <summary>Whether an empty field is null without quotes and an empty text with them; a quoted field is then never null. Default
    /// false.</summary>
    public bool DistinguishEmptyFromNull { get; init; }

    /// <summary>The columns that identify a record, by the file's names. Default none: source and line do.</summary>
    public IReadOnlyList<string> IdColumns { get; init; } = [];

    /// <summary>The longest field, in bytes of UTF-8. A longer field makes a failed record, as does a record of more than four times this
    /// size. From 1 to <see cref="LargestMaxFieldBytes"/>, default <see cref="DefaultMaxFieldBytes"/>.</summary>
    public int MaxFieldBytes { get; init; } = DefaultMaxFieldBytes;

    /// <summary>The largest decompressed size in bytes of a compressed file; 0 is any number. Default
    /// <see cref="Decompression.DefaultMaxBytes"/>.</summary>
    public long MaxDecompressedBytes { get; init; } = Decompression.DefaultMaxBytes;

    /// <summary>Where to start in each file. Default: at its beginning.</summary>
    public SourceBounds ResumeFrom { get; init; } = SourceBounds.None;

    /// <summary>Where to stop in each file. Default: at its end.</summary>
    public SourceBounds StopAt { get; init; } = SourceBounds.None;

    /// <summary>The longest record, in bytes of UTF-8 without its line end.</summary>
    internal int MaxRecordBytes
    {
        get => _maxRecordBytes ?? (int)Math.Min(LargestMaxFieldBytes, (long)RecordToField * MaxFieldBytes);
        init => _maxRecordBytes = value;
    }

    internal bool NeedsHeader => !NoHeader && Header is null;

    /// <summary>Throws if an option is not valid.</summary>
    /// <exception cref="EtlException">InvalidParameter, with the parameter's name in the message.</exception>
    public CsvOptions Validate()
    {
        CsvChecks.Check(this);
        return this;
    }

    internal CsvDialect DialectFor(string delimiter, char? comment, byte[] fieldsLine) =>
        new(delimiter, Quote, Escape, comment, Trim, NewLine) { FieldsLine = fieldsLine };
}
