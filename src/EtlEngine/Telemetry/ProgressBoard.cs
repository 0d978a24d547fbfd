namespace EtlTools.Engine.Telemetry;

/// <summary>
/// The progress bars of a run. A timer says when they are due, never a record. All bars share one budget of time, so that a terminal
/// that answers slowly delays the run only a little, whatever the number of stages. Used on the pipeline thread.
/// </summary>
/// <typeparam name="TBar">A bar, which the command that draws the board knows how to show.</typeparam>
internal sealed class ProgressBoard<TBar>(TimeProvider time)
    where TBar : class
{
    /// <summary>The shortest time between two drawings.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(200);

    /// <summary>The time that drawing may take in any run. A first drawing is slow in every terminal, because its code is compiled then.</summary>
    private static readonly TimeSpan Allowance = TimeSpan.FromMilliseconds(100);

    /// <summary>The part of the run's time that drawing may take in addition.</summary>
    private const double Share = 0.02;

    private readonly List<TBar> _shown = [];
    private readonly List<(int Order, TBar Bar)> _new = [];
    private ITimer? _timer;
    private TimeSpan _spent;
    private long? _began;
    private int _rounds;
    private volatile bool _due;

    public bool IsDue => _due && HasRoom;

    private bool HasRoom => _spent <= Allowance + Share * time.GetElapsedTime(_began!.Value);

    /// <summary>Adds a bar, which is first drawn when the board is due and has time for it.</summary>
    /// <param name="bar">The bar.</param>
    /// <param name="order">Its place among the bars.</param>
    public void Add(TBar bar, int order)
    {
        _began ??= time.GetTimestamp();
        _timer ??= time.CreateTimer(_ => _due = true, null, Period, Period);
        _new.Add((order, bar));
    }

    /// <summary>Removes a bar.</summary>
    /// <returns>True if it was drawn, so that the caller has to remove it from the host.</returns>
    public bool Remove(TBar bar)
    {
        bool wasShown = _shown.Remove(bar);
        _new.RemoveAll(entry => entry.Bar == bar);
        if (_shown.Count + _new.Count == 0)
        {
            _timer?.Dispose();
            _timer = null;
            _due = false;
        }
        return wasShown;
    }

    /// <summary>Draws the bars.</summary>
    /// <param name="draw">Draws one bar. PowerShell lets only the command at work write, so that one draws all bars.</param>
    public void Draw(Action<TBar> draw)
    {
        _due = false;
        TBar[] drawnBefore = FromNextOne();
        DrawNewBars(draw);
        foreach (TBar bar in drawnBefore)
            _spent += TimeOf(draw, bar);
    }

    // A host keeps bars in the order in which they first came. Each new one needs room, because it has to be removed later, at the
    // same cost, which is counted here.
    private void DrawNewBars(Action<TBar> draw)
    {
        foreach ((int, TBar Bar) entry in _new.OrderBy(entry => entry.Order).ToArray())
        {
            if (!HasRoom)
                return;
            _new.Remove(entry);
            _shown.Add(entry.Bar);
            _spent += 2 * TimeOf(draw, entry.Bar);
        }
    }

    // PowerShell's console draws all bars at the first one that it is given, and keeps the figures of those that follow for the next
    // time. So another one is the first each time.
    private TBar[] FromNextOne()
    {
        if (_shown.Count == 0)
            return [];
        int first = _rounds++ % _shown.Count;
        return [.. _shown[first..], .. _shown[..first]];
    }

    private TimeSpan TimeOf(Action<TBar> draw, TBar bar)
    {
        long began = time.GetTimestamp();
        draw(bar);
        return time.GetElapsedTime(began);
    }
}
