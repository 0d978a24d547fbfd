using EtlTools.Engine.Records;

namespace EtlTools.Engine.Stages;

/// <summary>Checks the first good record before it enters, so that an invalid call ends before anything is done.</summary>
internal sealed class FirstRecordCheck(IRecordInput input, Action<Record> check) : IRecordInput
{
    private bool _checked;

    /// <inheritdoc/>
    public bool TryPost(Record record)
    {
        ArgumentNullException.ThrowIfNull(record);
        if (!_checked && record.Error is null)
        {
            check(record);
            _checked = true;
        }
        return input.TryPost(record);
    }

    /// <inheritdoc/>
    public void Flush() => input.Flush();

    /// <inheritdoc/>
    public void CompleteInput() => input.CompleteInput();
}
