using System.Threading.Channels;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Stages;

/// <summary>A worker's view of its pool.</summary>
internal sealed class WorkerPort<TChunk>(PoolStage<TChunk> stage, int number) where TChunk : StageChunk
{
    /// <summary>The worker's number, from 0.</summary>
    public int Number => number;

    /// <summary>The chunks to work on, shared with the other workers.</summary>
    public ChannelReader<TChunk> Input => stage.Input;

    /// <summary>Cancelled when the stage abandons its work.</summary>
    public CancellationToken Stopping => stage.Stopping;

    /// <summary>The clock.</summary>
    public TimeProvider Time => stage.Time;

    /// <summary>The notices of the stage to the user.</summary>
    public StageNotices Notices => stage.Notices;

    /// <summary>An error of the stage; see <see cref="RecordStage.NewError"/>.</summary>
    public RecordError NewError(string code, string message, string? column = null, string? detail = null) =>
        stage.NewError(code, message, column, detail);

    /// <summary>A call of the stage was retried.</summary>
    public void AddRetry() => stage.Counters.AddRetry();

    /// <summary>Returns a finished chunk.</summary>
    /// <param name="chunk">The chunk.</param>
    /// <param name="elapsed">How long the worker took for it.</param>
    public void Finish(TChunk chunk, TimeSpan elapsed) => stage.Finish(chunk, elapsed);
}
