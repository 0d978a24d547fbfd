using EtlTools.Engine.Records;

namespace EtlTools.Engine.Transform.Shaping;

/// <summary>
/// Watches for columns that parameters name but no record has. If all records have the same columns, the first one decides; otherwise it is
/// known only at the end.
/// </summary>
internal sealed class ColumnWatch(IReadOnlyList<NamedColumn> named)
{
    private const int MaxKnown = 1000;

    private readonly Lock _lock = new();
    private readonly List<NamedColumn> _unseen = [.. named.Where(entry => !entry.IsRequired)];
    private readonly HashSet<string> _known = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The named columns that were not seen so far, as sentences.</summary>
    public IReadOnlyList<string> Unseen
    {
        get
        {
            lock (_lock)
                return _known.Count == 0 ? [] : [.. _unseen.Select(entry => $"No record had {(entry.IsPattern ? "a column that matches" : "the column")} '{entry.Column}' that {entry.Source} names.{NearName.Hint(entry.Column, _known)}")];
        }
    }

    /// <summary>Notes the columns of a schema.</summary>
    /// <param name="schema">The schema.</param>
    /// <param name="isFixed">Whether all records of the source have it, so that a name missing in the first record is a mistake.</param>
    /// <exception cref="EtlException">A name is missing.</exception>
    public void Note(Schema schema, bool isFixed)
    {
        lock (_lock)
        {
            // A second schema belongs to another file, which may have other columns.
            bool settles = isFixed && _known.Count == 0;
            foreach (NamedColumn entry in settles ? named : [])
            {
                if (!entry.IsIn(schema))
                {
                    string what = entry.IsPattern ? $": no column of the records matches '{entry.Column}'" : $" names the column '{entry.Column}', which the records do not have";
                    throw new EtlException(
                        FailureCodes.UnknownColumn, FailureKind.NotFound,
                        $"{entry.Source}{what}. Their columns are {string.Join(", ", schema.Names)}.{NearName.Hint(entry.Column, schema.Names)}{(entry.CanBeNull ? " -MissingColumnAction Skip leaves it out, and Null adds it as null." : "")}");
                }
            }
            _known.UnionWith(schema.Names.Take(Math.Max(0, MaxKnown - _known.Count)));
            _unseen.RemoveAll(entry => entry.IsIn(schema));
        }
    }
}
