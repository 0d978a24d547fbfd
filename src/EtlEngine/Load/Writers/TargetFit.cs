using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load;

/// <summary>Fits the table to columns that it has not seen before. One thread.</summary>
internal sealed class TargetFit(LoadContext load)
{
    /// <summary>Schemas remembered as fitting; beyond it all are looked at again as they come.</summary>
    private const int MaxSchemas = 64;

    private readonly HashSet<Schema> _fitting = new(ReferenceEqualityComparer.Instance);
    private Schema? _lastSchema;

    /// <summary>Whether a record has fitted.</summary>
    public bool HasFit { get; private set; }

    /// <summary>Whether the table fits the record's columns, as far as that is known without looking.</summary>
    public bool Knows(Record record) => ReferenceEquals(record.Schema, _lastSchema);

    /// <summary>Fits the table to a good record.</summary>
    /// <returns>Why nothing can be made of the record, or null.</returns>
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
