using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using EtlTools.Cmdlets.Pipeline;
using EtlTools.Engine.Stages;

namespace EtlTools.Cmdlets.Completion;

/// <summary>Completes the ids of runs: the active ones, and for Get-EtlRun also those that have ended in this session.</summary>
internal sealed class RunCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        bool all = commandName == "Stop-EtlPipeline" || fakeBoundParameters.Contains("AllSessions");
        EtlSession session = EtlSession.Current;
        IEnumerable<EtlRunInfo> live = (all ? LiveRuns.Book.Live : session.Book.Live).Select(run => new EtlRunInfo(run));
        return (commandName == "Stop-EtlPipeline" ? live : live.Concat(session.History.Runs))
            .OrderByDescending(run => run.StartedAt)
            .Where(run => run.Id.ToString().StartsWith(wordToComplete.Trim('\'', '"'), StringComparison.OrdinalIgnoreCase))
            .Select(run => new CompletionResult(run.Id.ToString(), run.ToString(), CompletionResultType.ParameterValue, string.Join('\n', run.Stages.Select(stage => stage.ToString()))));
    }
}
