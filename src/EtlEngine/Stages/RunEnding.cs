namespace EtlTools.Engine.Stages;

/// <summary>The state or the ending of a run.</summary>
internal enum RunState
{
    /// <summary>It is running.</summary>
    Running,

    /// <summary>It is running, but its sources have stopped reading.</summary>
    Draining,

    /// <summary>It has processed its whole input.</summary>
    Completed,

    /// <summary>It was drained: what was read is committed, but its source has more.</summary>
    Drained,

    /// <summary>A later command wanted no more records.</summary>
    StoppedEarly,

    /// <summary>An error ended it.</summary>
    Failed,

    /// <summary>It was dropped, or stopped by Ctrl+C: uncommitted work is lost.</summary>
    Dropped,
}

/// <summary>How a run ended.</summary>
/// <param name="State">The final state.</param>
/// <param name="Succeeded">Whether every input record has arrived where it should.</param>
/// <param name="ErrorCode">The code of the error that ended it, or null.</param>
/// <param name="Message">What happened, redacted, or null.</param>
internal sealed record RunEnding(RunState State, bool Succeeded, string? ErrorCode = null, string? Message = null);
