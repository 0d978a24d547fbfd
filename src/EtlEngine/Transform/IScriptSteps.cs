using EtlTools.Engine.Records;

namespace EtlTools.Engine.Transform;

/// <summary>The caller's steps of a transform: filter, script block and computed columns. Belongs to one worker.</summary>
internal interface IScriptSteps
{
    /// <summary>Work on a record starts.</summary>
    void Enter();

    /// <summary>Work on a record is finished, and its outcome may be kept.</summary>
    /// <exception cref="OperationCanceledException">It must not be kept, because the record was given up meanwhile.</exception>
    void Leave();

    /// <summary>Whether the filter keeps the record.</summary>
    /// <returns>Why it failed, or null.</returns>
    RecordError? Filter(Record record, out bool keeps);

    /// <summary>Runs the script block, computes columns, and performs the following steps.</summary>
    /// <param name="given">The record that the script may change.</param>
    /// <param name="lineage">The lineage of new records.</param>
    /// <param name="output">Receives the resulting records.</param>
    /// <returns>Why the record failed, or null.</returns>
    RecordError? Emit(Record given, Record lineage, List<Record> output);
}
