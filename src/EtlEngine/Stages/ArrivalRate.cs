namespace EtlTools.Engine.Stages;

/// <summary>
/// Distinguishes a slow source from a fast one by the mean gap between arrivals (an exponentially weighted mean over about eight). With a
/// slow source, a stage passes every record on at once; with a fast one, it may collect records.
/// </summary>
internal sealed class ArrivalRate(TimeProvider time)
{
    /// <summary>A mean gap above this is slow; waking a worker for each record is then cheap in comparison.</summary>
    private static readonly TimeSpan SlowGap = TimeSpan.FromMilliseconds(1);

    private long _left = time.GetTimestamp();
    private double _meanTicks = SlowGap.Ticks + 1;

    /// <summary>True if records arrive slowly.</summary>
    public bool AreSlow => _meanTicks > SlowGap.Ticks;

    /// <summary>A record has arrived.</summary>
    public void Arrived() => _meanTicks += (time.GetElapsedTime(_left).Ticks - _meanTicks) / 8;

    /// <summary>Control returns to the source.</summary>
    public void Left() => _left = time.GetTimestamp();
}
