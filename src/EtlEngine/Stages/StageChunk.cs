using EtlTools.Engine.Records;

namespace EtlTools.Engine.Stages;

/// <summary>
/// A piece of work in a pool: the input, and after processing the records that come out. One worker owns it between <see
/// cref="PoolStage{TChunk}"/>'s input and output channel.
/// </summary>
internal abstract class StageChunk
{
    private volatile bool _finished;
    private List<object>? _messages;

    /// <summary>The records that come out, in order; written by the worker.</summary>
    public List<Record> Output { get; } = [];

    /// <summary>Records dropped on purpose; written by the worker.</summary>
    public int Filtered { get; set; }

    /// <summary>Records created beyond one for each input; written by the worker.</summary>
    public int Made { get; set; }

    /// <summary>Other output of the work, for the consumer to show; written by the worker.</summary>
    public List<object> Messages => _messages ??= [];

    internal bool HasMessages => _messages is not null;

    /// <summary>The number of the chunk in the order of the input, from 0.</summary>
    public long Number { get; internal set; }

    /// <summary>The number of input records.</summary>
    public abstract int Count { get; }

    /// <summary>How much of the stage's capacity the chunk takes: its records, where large ones count several times.</summary>
    public virtual int Weight => Count;

    internal bool IsFinished => _finished;

    internal void MarkFinished() => _finished = true;
}

/// <summary>A chunk of records to be worked on one by one.</summary>
internal sealed class RecordChunk : StageChunk
{
    private int _weight;

    /// <summary>The input records.</summary>
    public List<Record> Input { get; } = [];

    /// <summary>The clock's time stamp when the first record arrived.</summary>
    internal long BegunAt { get; set; }

    /// <inheritdoc/>
    public override int Count => Input.Count;

    /// <inheritdoc/>
    public override int Weight => _weight;

    /// <summary>Adds a record.</summary>
    public void Add(Record record)
    {
        Input.Add(record);
        _weight += record.Weight;
    }
}
