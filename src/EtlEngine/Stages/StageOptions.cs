namespace EtlTools.Engine.Stages;

/// <summary>The size of a stage.</summary>
internal sealed record StageOptions
{
    /// <summary>The default of <see cref="BufferSize"/>, in records.</summary>
    public const int DefaultBufferSize = 10_000;

    /// <summary>The largest default of <see cref="ThrottleLimit"/>; with more workers the single pipeline thread is the limit.</summary>
    public const int MaxDefaultThrottleLimit = 8;

    /// <summary>The default of <see cref="ThrottleLimit"/>: one worker for each processor, at most eight.</summary>
    public static int DefaultThrottleLimit => Math.Min(Environment.ProcessorCount, MaxDefaultThrottleLimit);

    /// <summary>The number of workers. At least 1.</summary>
    public int ThrottleLimit { get; init; } = DefaultThrottleLimit;

    /// <summary>The largest number of records in the stage: waiting, in work or finished. At least 1.</summary>
    public int BufferSize { get; init; } = DefaultBufferSize;

    /// <summary>Whether output leaves in the order of the input. Default true.</summary>
    public bool KeepOrder { get; init; } = true;

    /// <summary>The largest number of chunks in the stage; default: the same as records.</summary>
    public int MaxChunks { get => field > 0 ? field : BufferSize; init; }

    /// <summary>Throws if a value is out of range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is less than 1.</exception>
    public StageOptions Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(ThrottleLimit, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(BufferSize, 1);
        return this;
    }
}
