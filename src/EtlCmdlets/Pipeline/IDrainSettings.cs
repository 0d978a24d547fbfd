namespace EtlTools.Cmdlets.Pipeline;

/// <summary>When and how a source ends before its input does.</summary>
internal interface IDrainSettings
{
    /// <summary>How long to read; zero for as long as there is input.</summary>
    TimeSpan MaxDuration { get; }

    /// <summary>The file whose appearance drains the run, or null.</summary>
    string? StopFilePath { get; }

    /// <summary>What SIGTERM does.</summary>
    EtlTerminationAction OnTermination { get; }

    /// <summary>Seconds that a drain may take.</summary>
    double DrainTimeoutSec { get; }
}
