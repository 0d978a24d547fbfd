using System.Collections;
using System.Management.Automation;
using System.Runtime.ExceptionServices;
using static EtlTools.Cmdlets.Pipeline.RuntimeMembers;

namespace EtlTools.Cmdlets.Pipeline;

/// <summary>The next Etl command of a pipeline.</summary>
/// <param name="Command">The command.</param>
/// <param name="IsDirect">Whether no other command is in between, so that it receives everything that is written.</param>
/// <param name="HandOver">Gives the command an object as its next input, unseen by commands in between and by variables. Null if PowerShell
/// does not offer it.</param>
internal readonly record struct Neighbour(EtlCommand Command, bool IsDirect, Action<object>? HandOver);

/// <summary>
/// Finds the next Etl command through the output pipe, which PowerShell keeps internal. If a member is not found, or in any doubt, the
/// answer is that there is no neighbour.
/// </summary>
internal static class Neighbours
{
    /// <summary>The next Etl command, with or without other commands in between; null if there is none.</summary>
    public static Neighbour? Next(EtlCommand command)
    {
        object? pipe = Read(command.CommandRuntime, "OutputPipe");
        bool direct = pipe is not null && !FeedsAVariable(pipe);
        while (pipe is not null && Read(pipe, "DownstreamCmdlet") is { } processor)
        {
            if (Read(processor, "Command") is EtlCommand next)
            {
                // A source that comes later reads a pipeline object as a path or text, not as a record.
                bool takesRecords = next is EtlInputCommand;
                return new Neighbour(next, direct && takesRecords, takesRecords ? HandOver(pipe) : null);
            }
            direct = false;
            pipe = Read(processor, "CommandRuntime") is { } runtime ? Read(runtime, "OutputPipe") : null;
        }
        return null;
    }

    /// <summary>True if two commands are in the same pipeline, rather than one in a pipeline nested in the other's; true in
    /// doubt.</summary>
    public static bool ShareAPipeline(EtlCommand one, EtlCommand other) =>
        ReferenceEquals(Read(one.CommandRuntime, "PipelineProcessor"), Read(other.CommandRuntime, "PipelineProcessor"));

    /// <summary>True if Ctrl+C or another stop ended the command's pipeline; false if an error of a command did. PowerShell stops the
    /// commands one after another, so the later ones may already have ended by then.</summary>
    public static bool IsStoppedByUser(EtlCommand command) =>
        command.Stopping && Read(command.CommandRuntime, "PipelineProcessor") is { } pipeline
        && Read(pipeline, "_firstTerminatingError") is ExceptionDispatchInfo { SourceException: PipelineStoppedException };

    /// <summary>The name of a command before this one whose -PipelineVariable other commands behind this one may read. Null if there is none.</summary>
    public static string? VariableAround(EtlCommand command)
    {
        object[] processors = Read(command.CommandRuntime, "PipelineProcessor") is { } pipeline && Read(pipeline, "Commands") is IEnumerable commands ? [.. commands.Cast<object>()] : [];
        int own = Array.FindIndex(processors, processor => ReferenceEquals(Read(processor, "Command"), command));
        bool isRead = own >= 0 && processors.Skip(own + 1).Any(processor => Read(processor, "Command") is not EtlCommand && NameOf(processor) != "Out-Default");
        return isRead ? processors.Take(own).Where(HasVariable).Select(NameOf).FirstOrDefault() : null;
    }

    private static bool HasVariable(object processor) =>
        Read(processor, "CommandRuntime") is { } runtime && Read(runtime, "OutputPipe") is { } pipe && Read(pipe, "_pipelineVariableObject") is not null;

    private static string? NameOf(object processor) => (Read(processor, "CommandInfo") as CommandInfo)?.Name;

    /// <summary>Writes into a pipe, but not into the variables that the pipe fills.</summary>
    private static Action<object>? HandOver(object pipe) =>
        pipe.GetType().GetMethod("AddWithoutAppendingOutVarList", Instance, [typeof(object)])?.CreateDelegate<Action<object>>(pipe);

    /// <summary>True if output also goes to an -OutVariable or a -PipelineVariable, where a user would find objects that are not
    /// data.</summary>
    private static bool FeedsAVariable(object pipe) =>
        !TryRead(pipe, "_outVariableList", out object? lists) || lists is ICollection { Count: > 0 }
        || !TryRead(pipe, "_pipelineVariableObject", out object? variable) || variable is not null
        || !TryRead(pipe, "OutBufferCount", out object? buffered) || buffered is not 0;
}
