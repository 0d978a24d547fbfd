using EtlTools.Engine.Stages;

namespace EtlTools.Cmdlets.Pipeline;

/// <summary>A command that makes records of what lies outside the pipeline.</summary>
public abstract class EtlSourceCommand : EtlCommand
{
    /// <summary>Reads to the end, or to where it is told to stop.</summary>
    private protected void RunSource(Func<RecordStage> open)
    {
        OpenStage(open);
        CompletePump();
    }
}
