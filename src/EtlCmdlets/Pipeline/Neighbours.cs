using System.Collections;
using System.Management.Automation;
using System.Runtime.ExceptionServices;
using static EtlTools.Cmdlets.Pipeline.RuntimeMembers;

namespace EtlTools.Cmdlets.Pipeline;

/// <summary>The Etl command that comes after another in its pipeline.</summary>
/// <param name="Command">The command.</param>
/// <param name="IsDirect">Whether nothing stands between, so that what one writes the other receives.</param>
/// <param name="HandOver">Gives the command an object as its next input. No command that stands between and no variable sees
/// it. Null where PowerShell does not offer it.</param>
internal readonly record struct Neighbour(EtlCommand Command, bool IsDirect, Action<object>? HandOver);

/// <summary>
/// Finds the next Etl command through the output pipe, which PowerShell keeps internal. Where a member is not found, or in any
/// doubt, the answer is that there is no neighbour.
/// </summary>
internal static class Neighbours
{
    /// <summary>The next Etl command, direct or behind commands of others; null where there is none.</summary>
    public static Neighbour? Next(EtlCommand command)
    {
        object? pipe = Read(command.CommandRuntime, "OutputPipe");
        bool direct = pipe is not null && !FeedsAVariable(pipe);
        while (pipe is not null && Read(pipe, "DownstreamCmdlet") is { } processor)
        {
            if (Read(processor, "Command") is EtlCommand next)
            {
                // A source behind another reads an object of the pipeline as a path or text, not as a record.
                bool takesRecords = next is EtlInputCommand;
                return new Neighbour(next, direct && takesRecords, takesRecords ? HandOver(pipe) : null);
            }
            direct = false;
            pipe = Read(processor, "CommandRuntime") is { } runtime ? Read(runtime, "OutputPipe") : null;
        }
        return null;
    }

    /// <summary>True when two commands stand in one pipeline, not one in a pipeline nested in the other's; true in doubt.</summary>
    public static bool ShareAPipeline(EtlCommand one, EtlCommand other) =>
        ReferenceEquals(Read(one.CommandRuntime, "PipelineProcessor"), Read(other.CommandRuntime, "PipelineProcessor"));

    /// <summary>True when Ctrl+C, or what stops a pipeline like it, ended the command's pipeline; false where an error of a command
    /// did. PowerShell tells its commands of a stop one after the other, and those told last may be at their end by then.</summary>
    public static bool IsStoppedByUser(EtlCommand command) =>
        command.Stopping && Read(command.CommandRuntime, "PipelineProcessor") is { } pipeline
        && Read(pipeline, "_firstTerminatingError") is ExceptionDispatchInfo { SourceException: PipelineStoppedException };

    /// <summary>Writes into a pipe, but not into the variables that it feeds.</summary>
    private static Action<object>? HandOver(object pipe) =>
        pipe.GetType().GetMethod("AddWithoutAppendingOutVarList", Instance, [typeof(object)])?.CreateDelegate<Action<object>>(pipe);

    /// <summary>True when what is written also lands in an -OutVariable or a -PipelineVariable, where a user would find
    /// objects that are no data.</summary>
    private static bool FeedsAVariable(object pipe) =>
        !TryRead(pipe, "_outVariableList", out object? lists) || lists is ICollection { Count: > 0 }
        || !TryRead(pipe, "_pipelineVariableObject", out object? variable) || variable is not null
        || !TryRead(pipe, "OutBufferCount", out object? buffered) || buffered is not 0;
}
