using EtlTools.Engine.Records;

namespace EtlTools.Engine.Transform;

/// <summary>The steps of a transform that the caller takes: filter, script block and computed columns. One worker's.</summary>
internal interface IScriptSteps
{
    /// <summary>A record's work begins.</summary>
    void Enter();

    /// <summary>A record's work is done, and its outcome may be kept.</summary>
    /// <exception cref="OperationCanceledException">It may not: the record was given up meanwhile.</exception>
    void Leave();

    /// <summary>Whether the filter keeps the record.</summary>
    /// <returns>Why it failed, or null.</returns>
    RecordError? Filter(Record record, out bool keeps);

    /// <summary>Runs the script block, computes columns and takes the steps after them.</summary>
    /// <param name="given">The record that the script may change.</param>
    /// <param name="lineage">Where what it makes anew comes from.</param>
    /// <param name="output">Gets what comes of it.</param>
    /// <returns>Why the record failed, or null.</returns>
    RecordError? Emit(Record given, Record lineage, List<Record> output);
}
