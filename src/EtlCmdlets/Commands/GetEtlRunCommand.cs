using System.Management.Automation;
using EtlTools.Cmdlets.Completion;
using EtlTools.Cmdlets.Pipeline;
using EtlTools.Engine;
using EtlTools.Engine.Stages;

namespace EtlTools.Cmdlets;

/// <summary>Shows the runs of this session, those that live and the last hundred that have ended, with all counters.</summary>
[Cmdlet(VerbsCommon.Get, "EtlRun")]
[OutputType(typeof(EtlRunInfo))]
public sealed class GetEtlRunCommand : EtlCmdlet
{
    /// <summary>The runs. Default: all of this session.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("RunId")]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(RunCompleter))]
    public Guid[]? Id { get; set; }

    /// <summary>Also runs of other sessions of this process that live.</summary>
    [Parameter]
    public SwitchParameter AllSessions { get; set; }

    private protected override void OnRecord()
    {
        EtlSession session = EtlSession.Current;
        IEnumerable<EtlRun> live = AllSessions ? LiveRuns.Book.Live : session.Book.Live;
        EtlRunInfo[] all = [.. session.History.Runs.Concat(live.Select(run => new EtlRunInfo(run))).OrderBy(run => run.StartedAt)];
        if (Id is null)
        {
            WriteObject(all, enumerateCollection: true);
            return;
        }
        foreach (Guid id in Id)
        {
            if (Array.Find(all, run => run.Id == id) is { } found)
                WriteObject(found);
            else
                WriteError(ErrorRecords.Of(new EtlException(FailureCodes.RunNotFound, FailureKind.NotFound, $"-Id: this session has no run {id}. Use -AllSessions for runs of other sessions."), id));
        }
    }
}
