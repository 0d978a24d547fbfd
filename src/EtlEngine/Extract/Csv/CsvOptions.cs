using System.Text;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Extract.Csv;

/// <summary>How CSV files are read. RFC 4180, strictly: the quote is <c>"</c>, doubled inside a quoted field.</summary>
public sealed record CsvOptions
{
    /// <summary>The default of <see cref="MaxRecordBytes"/>.</summary>
    public const int DefaultMaxRecordBytes = 16 * 1024 * 1024;

    /// <summary>What stands between fields. Default comma.</summary>
    public char Delimiter { get; init; } = ',';

    /// <summary>The files' encoding; null, the default, for what the byte order mark says, else UTF-8.</summary>
    public Encoding? Encoding { get; init; }

    /// <summary>Whether the first record is data and the columns are named col_0, col_1 and so on. Default false.</summary>
    public bool NoHeader { get; init; }

    /// <summary>The columns' names, the first record then being data; null, the default, to read them from the file.</summary>
    public IReadOnlyList<string>? Header { get; init; }

    /// <summary>The types of columns; the others are text. Default none.</summary>
    public IReadOnlyDictionary<string, ColumnType> Types { get; init; } = new Dictionary<string, ColumnType>();

    /// <summary>The most bytes (of UTF-8) that a record may have. Default 16 MiB.</summary>
    public int MaxRecordBytes { get; init; } = DefaultMaxRecordBytes;

    internal bool ReadsHeader => !NoHeader && Header is null;

    /// <summary>Throws when a value cannot work.</summary>
    /// <exception cref="EtlException">What to change.</exception>
    public CsvOptions Validate()
    {
        if (Delimiter is '"' or '\r' or '\n' or '\0' || char.IsSurrogate(Delimiter))
            throw Invalid("-Delimiter can be any character but a quote, a line end, a NUL or one beyond U+FFFF.");
        if (NoHeader && Header is not null)
            throw Invalid("-NoHeader and -Header exclude each other: -Header alone says that the file has none.");
        if (Header is not null)
        {
            if (Header.Any(string.IsNullOrEmpty))
                throw Invalid("-Header holds an empty name.");
            if (Header.GroupBy(name => name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(group => group.Count() > 1) is { } twice)
                throw Invalid($"-Header names the column '{twice.Key}' twice.");
        }
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxRecordBytes, 1);
        return this;
    }

    private static EtlException Invalid(string message) => new(FailureCodes.InvalidParameter, FailureKind.InvalidCall, message);
}
