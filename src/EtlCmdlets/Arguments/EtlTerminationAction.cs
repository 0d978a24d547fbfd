namespace EtlTools.Cmdlets;

/// <summary>What a run does when its process is told to end.</summary>
public enum EtlTerminationAction
{
    /// <summary>What is in flight is finished and committed.</summary>
    Drain,

    /// <summary>What is not committed is dropped.</summary>
    Drop,
}
