using EtlTools.Engine.Records;

namespace EtlTools.Engine.Extract.Api;

/// <summary>The call of one record.</summary>
internal sealed class ApiRecordCall(Record record)
{
    public Record Record => record;

    /// <summary>Attempts so far.</summary>
    public int Attempts { get; set; }

    /// <summary>How many calls the service had answered when this one first failed in an outage.</summary>
    public long? AnswersAtFirstFailure { get; set; }
}
