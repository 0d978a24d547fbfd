namespace EtlTools.Cmdlets.Pipeline;

/// <summary>When and how a source stops before the end of its input.</summary>
internal interface IDrainSettings
{
    /// <summary>The longest time to read; zero for no limit.</summary>
    TimeSpan MaxDuration { get; }

    /// <summary>The file that drains the run when it appears, or null.</summary>
    string? StopFilePath { get; }

    /// <summary>What SIGTERM does.</summary>
    EtlTerminationAction OnTermination { get; }

    /// <summary>The longest time for a drain, in seconds.</summary>
    double DrainTimeoutSec { get; }
}
