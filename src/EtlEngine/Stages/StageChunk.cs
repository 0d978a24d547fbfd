using EtlTools.Engine.Records;

namespace EtlTools.Engine.Stages;

/// <summary>
/// A piece of work on its way through a pool: what went in, and, once finished, the records that come out of it.
/// One worker owns it between <see cref="PoolStage{TChunk}"/>'s input and output channel.
/// </summary>
internal abstract class StageChunk
{
    private volatile bool _finished;
    private List<object>? _messages;

    /// <summary>The records that come out, in order; written by the worker.</summary>
    public List<Record> Output { get; } = [];

    /// <summary>Records dropped on purpose; written by the worker.</summary>
    public int Filtered { get; set; }

    /// <summary>Records made beyond one for each input; written by the worker.</summary>
    public int Made { get; set; }

    /// <summary>What the work wrote beside its records, for the consumer to show; written by the worker.</summary>
    public List<object> Messages => _messages ??= [];

    internal bool HasMessages => _messages is not null;

    /// <summary>The number of the chunk in the order of the input, from 0.</summary>
    public long Number { get; internal set; }

    /// <summary>How many records of the stage's capacity the chunk takes.</summary>
    public abstract int Weight { get; }

    internal bool IsFinished => _finished;

    internal void MarkFinished() => _finished = true;
}

/// <summary>A chunk of records to be worked on one by one.</summary>
internal sealed class RecordChunk : StageChunk
{
    /// <summary>The records that went in.</summary>
    public List<Record> Input { get; } = [];

    /// <summary>When the first record came in, as the clock's time stamp.</summary>
    internal long BegunAt { get; set; }

    /// <inheritdoc/>
    public override int Weight => Input.Count;
}
