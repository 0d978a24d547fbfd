namespace EtlTools.Engine.Stages;

/// <summary>What a run has come to.</summary>
internal enum RunState
{
    /// <summary>It lives.</summary>
    Running,

    /// <summary>It lives, and its sources read no more.</summary>
    Draining,

    /// <summary>It came to the end of its input.</summary>
    Completed,

    /// <summary>It was drained: what was read is committed, and its source has more.</summary>
    Drained,

    /// <summary>A later command wanted no more records.</summary>
    StoppedEarly,

    /// <summary>An error ended it.</summary>
    Failed,

    /// <summary>It was dropped, or stopped by Ctrl+C: what was not committed is not done.</summary>
    Dropped,
}

/// <summary>How a run ended.</summary>
/// <param name="State">What it has come to.</param>
/// <param name="Succeeded">Whether every record of the input is where it should be.</param>
/// <param name="ErrorCode">The code of the error that ended it, or null.</param>
/// <param name="Message">What happened, redacted, or null.</param>
internal sealed record RunEnding(RunState State, bool Succeeded, string? ErrorCode = null, string? Message = null);
