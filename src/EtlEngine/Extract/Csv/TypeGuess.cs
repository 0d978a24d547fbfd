using EtlTools.Engine.Transform;

namespace EtlTools.Engine.Extract.Csv;

/// <summary>Guesses the types of columns from a sample of their values; see <see cref="InferredValue"/>.</summary>
internal sealed class TypeGuess(int columns, ConversionOptions options)
{
    private static readonly ColumnType[] Order =
        [ColumnType.Bool, ColumnType.Long, ColumnType.Decimal, ColumnType.Date, ColumnType.DateTime, ColumnType.Time, ColumnType.Guid];

    private readonly List<ColumnType>?[] _open = new List<ColumnType>?[columns];
    private readonly Words[] _words = new Words[columns];

    /// <summary>Which words of a bool a column has.</summary>
    [Flags]
    private enum Words
    {
        None = 0,
        True = 1,
        False = 2,
        Both = True | False,

        /// <summary>Others than true and false, such as yes and no, which may be codes: NO is Norway.</summary>
        Ambiguous = 4,
    }

    /// <summary>Whether more values of a column can tell more.</summary>
    public bool IsOpen(int column) => _open[column] is not { Count: 0 };

    /// <summary>Whether a column had a value.</summary>
    public bool HasSeen(int column) => _open[column] is not null;

    /// <summary>Takes notice of a value.</summary>
    public void See(int column, string text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return;
        _open[column] ??= [.. Order];
        _open[column]!.RemoveAll(type => !InferredValue.TryConvert(text, type, options, out object? value) || (value is bool word && !Note(column, text, word)));
    }

    /// <summary>A type for each column; text where nothing else fits, or no value was seen.</summary>
    public ColumnType[] ToTypes() => [.. _open.Select((open, column) => open is not { Count: > 0 } || (open[0] == ColumnType.Bool && MayBeCode(column)) ? ColumnType.String : open[0])];

    /// <summary>Remembers a word of a bool.</summary>
    private bool Note(int column, string text, bool value)
    {
        _words[column] |= value ? Words.True : Words.False;
        if (!options.HasOwnWords && !bool.TryParse(text, out _))
            _words[column] |= Words.Ambiguous;
        return true;
    }

    /// <summary>Whether a column that could be a bool has one word only, which may as well be a code.</summary>
    private bool MayBeCode(int column) => _words[column].HasFlag(Words.Ambiguous) && !_words[column].HasFlag(Words.Both);
}
