using System.Text;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Extract.Json;

/// <summary>A schema with its names as they are written in the text.</summary>
internal sealed class JsonShape(Schema schema)
{
    private readonly byte[][] _names = [.. schema.Names.Select(Encoding.UTF8.GetBytes)];

    public Schema Schema => schema;

    public int Count => _names.Length;

    public bool Has(int index, ReadOnlySpan<byte> name) => index < _names.Length && name.SequenceEqual(_names[index]);

    /// <summary>True if the first names of both are equal.</summary>
    public bool BeginsLike(JsonShape other, int count)
    {
        if (Count < count)
            return false;
        for (int i = 0; i < count; i++)
        {
            if (schema[i] != other.Schema[i])
                return false;
        }
        return true;
    }
}

/// <summary>
/// The shapes of the items so far. Most items look like the previous one, so their names are compared and not created again. The number is
/// limited, because names may come from the data. One thread at a time.
/// </summary>
internal sealed class JsonShapes(JsonDuplicateNames duplicates)
{
    private const int Limit = 64;

    private static readonly JsonShape Empty = new(Schema.Empty);

    private readonly List<JsonShape> _known = [];
    private readonly List<string> _names = [];
    private JsonShape _guess = Empty;
    private bool _isGuess = true;
    private int _count;

    /// <summary>The columns of the last item that a later one with the same name has replaced, by their positions, ascending.</summary>
    public List<int> Dropped { get; } = [];

    /// <summary>Begins an item.</summary>
    public void Begin()
    {
        Dropped.Clear();
        _isGuess = true;
        _count = 0;
    }

    /// <summary>Adds the next column's name.</summary>
    public void Add(ReadOnlySpan<byte> name)
    {
        if (_isGuess && !_guess.Has(_count, name) && !TryGuess(name))
        {
            _isGuess = false;
            _names.Clear();
            for (int i = 0; i < _count; i++)
                _names.Add(_guess.Schema[i]);
        }
        if (!_isGuess)
            _names.Add(Encoding.UTF8.GetString(name));
        _count++;
    }

    /// <summary>Ends an item.</summary>
    /// <returns>Its shape, or null if the names cannot be columns.</returns>
    public JsonShape? End(out JsonFault fault, out string? twice)
    {
        fault = JsonFault.None;
        twice = null;
        if (_isGuess && _guess.Count == _count)
            return _guess;
        if (_isGuess)
        {
            _names.Clear();
            for (int i = 0; i < _count; i++)
                _names.Add(_guess.Schema[i]);
        }
        JsonShape? known = _known.Find(shape => shape.Schema.HasSameNames(_names));
        if (known is null)
        {
            fault = _names.Exists(name => name.Length == 0) ? JsonFault.EmptyName
                : (twice = Repeated()) is null || duplicates != JsonDuplicateNames.Error ? JsonFault.None
                : JsonFault.DuplicateName;
            if (fault != JsonFault.None)
                return null;
            if (twice is not null)
                MakeUnique();
            known = twice is null ? null : _known.Find(shape => shape.Schema.HasSameNames(_names));
            if (known is null)
            {
                known = new JsonShape(new Schema(_names));
                if (_known.Count < Limit)
                    _known.Add(known);
            }
        }
        return _guess = known;
    }

    private string? Repeated()
    {
        var unique = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        return _names.Find(name => !unique.Add(name));
    }

    private void MakeUnique()
    {
        if (duplicates == JsonDuplicateNames.UseLast)
        {
            var later = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
            for (int i = _names.Count - 1; i >= 0; i--)
            {
                if (!later.Add(_names[i]))
                    Dropped.Insert(0, i);
            }
            for (int i = Dropped.Count - 1; i >= 0; i--)
                _names.RemoveAt(Dropped[i]);
            return;
        }
        var taken = new HashSet<string>(_names, StringComparer.OrdinalIgnoreCase);
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        for (int i = 0; i < _names.Count; i++)
        {
            if (!seen.Add(_names[i]))
                _names[i] = UniqueName.Next(_names[i], taken);
        }
    }

    /// <summary>Another known shape with the same beginning.</summary>
    private bool TryGuess(ReadOnlySpan<byte> name)
    {
        foreach (JsonShape shape in _known)
        {
            if (shape.Has(_count, name) && shape.BeginsLike(_guess, _count))
            {
                _guess = shape;
                return true;
            }
        }
        return false;
    }
}
