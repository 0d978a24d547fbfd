using System.Collections.ObjectModel;
using System.Text;
using EtlTools.Engine.Transform;

namespace EtlTools.Engine.Extract.Csv;

/// <summary>How CSV files are read. Immutable; <see cref="Validate"/> is called once, by the source.</summary>
public sealed record CsvOptions
{
    /// <summary>The default of <see cref="MaxRecordBytes"/>: 16 MiB.</summary>
    public const int DefaultMaxRecordBytes = 16 * 1024 * 1024;

    /// <summary>The largest <see cref="MaxRecordBytes"/>: 256 MiB, since a record must fit in one array.</summary>
    public const int LargestMaxRecordBytes = 256 * 1024 * 1024;

    internal const char Quote = '"';

    /// <summary>The character between fields. Default a comma.</summary>
    public char Delimiter { get; init; } = ',';

    /// <summary>The files' encoding. Default null: what the byte order mark says, UTF-8 without one.</summary>
    public Encoding? Encoding { get; init; }

    /// <summary>Whether the first row is data and the columns are named col_0, col_1 and so on, as many as the first row that
    /// can be read has. Default false.</summary>
    public bool NoHeader { get; init; }

    /// <summary>The column names; the first row is then data. Default null: the first row has them.</summary>
    public IReadOnlyList<string>? Header { get; init; }

    /// <summary>The types of columns, by name without regard to case; others stay text. Default none.</summary>
    public IReadOnlyDictionary<string, ColumnType> Types { get; init; } = ReadOnlyDictionary<string, ColumnType>.Empty;

    /// <summary>The longest record, in bytes of UTF-8 without its line end; longer ones are failed records.
    /// From 1 to <see cref="LargestMaxRecordBytes"/>, default <see cref="DefaultMaxRecordBytes"/>.</summary>
    public int MaxRecordBytes { get; init; } = DefaultMaxRecordBytes;

    internal bool NeedsHeader => !NoHeader && Header is null;

    /// <summary>Throws when the options cannot work.</summary>
    /// <exception cref="EtlException">InvalidParameter, with the parameter's name in the message.</exception>
    public CsvOptions Validate()
    {
        if (Delimiter is Quote or '\r' or '\n')
            throw Invalid("-Delimiter cannot be a quote or a line end.");
        if (char.IsSurrogate(Delimiter))
            throw Invalid("-Delimiter must be one character of the basic multilingual plane.");
        if (MaxRecordBytes is < 1 or > LargestMaxRecordBytes)
            throw Invalid($"-MaxRecordBytes must be between 1 and {LargestMaxRecordBytes}.");
        if (Header is not null)
            ValidateHeader(Header);
        return this;
    }

    private void ValidateHeader(IReadOnlyList<string> header)
    {
        if (NoHeader)
            throw Invalid("-Header and -NoHeader cannot be used together.");
        if (header.Count == 0)
            throw Invalid("-Header must have at least one name.");
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (string name in header)
        {
            if (string.IsNullOrEmpty(name))
                throw Invalid("-Header has an empty name.");
            if (!seen.Add(name))
                throw Invalid($"-Header has the name '{name}' twice.");
        }
    }

    private static EtlException Invalid(string message) =>
        new(FailureCodes.InvalidParameter, FailureKind.InvalidCall, message);
}
