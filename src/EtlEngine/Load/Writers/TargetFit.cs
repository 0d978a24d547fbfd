using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load;

/// <summary>Adapts the table to new columns. One thread.</summary>
internal sealed class TargetFit(LoadContext load)
{
    /// <summary>How many fitting schemas are remembered; after that, all are checked again.</summary>
    private const int MaxSchemas = 64;

    private readonly HashSet<Schema> _fitting = new(ReferenceEqualityComparer.Instance);
    private Schema? _lastSchema;

    /// <summary>Whether a record has fitted so far.</summary>
    public bool HasFit { get; private set; }

    /// <summary>Whether the table is known to have the record's columns, without a check.</summary>
    public bool Knows(Record record) => ReferenceEquals(record.Schema, _lastSchema);

    /// <summary>Adapts the table to a good record.</summary>
    /// <returns>Why the record cannot be loaded, or null.</returns>
    public async ValueTask<RowFault?> FitAsync(Record record, CancellationToken cancellationToken)
    {
        if (!_fitting.Contains(record.Schema))
        {
            RowFault? fault = await load.Retries.RunAsync(token => load.Target.FitAsync(record, isFirst: !HasFit, token), cancellationToken).ConfigureAwait(false);
            if (fault is not null)
                return fault;
            HasFit = true;
            if (_fitting.Count == MaxSchemas)
                _fitting.Clear();
            _fitting.Add(record.Schema);
        }
        _lastSchema = record.Schema;
        return null;
    }
}
