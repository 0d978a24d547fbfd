using EtlTools.Engine.Telemetry;
using Microsoft.Extensions.Time.Testing;

namespace EtlTools.Engine.Tests.Telemetry;

public class ProgressBoardTests
{
    private static readonly TimeSpan Slow = TimeSpan.FromMilliseconds(300);

    private readonly FakeTimeProvider _time = new();
    private readonly List<string> _drawn = [];
    private readonly ProgressBoard<string> _board;
    private TimeSpan _drawing;

    public ProgressBoardTests() => _board = new ProgressBoard<string>(_time);

    [Fact]
    public void Draw_FastTerminal_DrawsAllBarsInTheirOrderFiveTimesASecond()
    {
        _board.Add("load", 3);
        _board.Add("read", 1);
        _board.Add("transform", 2);
        Run(TimeSpan.FromSeconds(10), TimeSpan.Zero);
        Assert.Equal(["read", "transform", "load"], _drawn[..3]);
        Assert.Equal(50 * 3, _drawn.Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(8)]
    public void Draw_SlowTerminal_TakesTwoPercentOfTheTimeWhateverTheNumberOfBars(int bars)
    {
        string[] names = [.. Enumerable.Range(1, bars).Select(i => $"stage {i}")];
        for (int i = 0; i < bars; i++)
            _board.Add(names[i], i);
        TimeSpan ran = Run(TimeSpan.FromMinutes(20), Slow);
        Assert.InRange(_drawing, 0.01 * ran, 0.02 * ran + TimeSpan.FromMilliseconds(100) + bars * Slow);
        Assert.Equal(names, _drawn.Distinct());
    }

    [Fact]
    public void Draw_SlowTerminal_ShortRunDrawsOneBarOnce()
    {
        _board.Add("read", 1);
        _board.Add("transform", 2);
        _board.Add("load", 3);
        Run(TimeSpan.FromSeconds(20), Slow);
        Assert.Equal(["read"], _drawn);
    }

    [Fact]
    public void Draw_SlowFirstTime_GoesOnAtOnce()
    {
        _board.Add("read", 1);
        Run(TimeSpan.FromSeconds(1), _ => _drawn.Count == 1 ? TimeSpan.FromMilliseconds(50) : TimeSpan.Zero);
        Assert.InRange(_drawn.Count, 4, 5);
    }

    [Fact]
    public void Draw_TerminalThatDrawsAtTheFirstOfSeveral_EachBarIsTheFirstInTurn()
    {
        _board.Add("read", 1);
        _board.Add("transform", 2);
        _board.Add("load", 3);
        var firsts = new List<string>();
        DateTimeOffset next = _time.GetUtcNow();
        Run(TimeSpan.FromMinutes(10), bar =>
        {
            if (_time.GetUtcNow() < next)
                return TimeSpan.Zero;
            firsts.Add(bar);
            next = _time.GetUtcNow() + Slow + TimeSpan.FromMilliseconds(200);
            return Slow;
        });
        int[] counts = [.. firsts.CountBy(name => name).Select(pair => pair.Value)];
        Assert.Equal(3, counts.Length);
        Assert.InRange(counts.Max() - counts.Min(), 0, 2);
    }

    [Fact]
    public void Remove_TellsWhetherTheBarWasDrawn()
    {
        _board.Add("read", 1);
        _board.Add("load", 2);
        Run(TimeSpan.FromSeconds(1), Slow);
        Assert.True(_board.Remove("read"));
        Assert.False(_board.Remove("read"));
        Assert.False(_board.Remove("load"));
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.False(_board.IsDue);
    }

    private TimeSpan Run(TimeSpan length, TimeSpan drawing) => Run(length, _ => drawing);

    /// <summary>A run whose pipeline thread asks the board again and again.</summary>
    private TimeSpan Run(TimeSpan length, Func<string, TimeSpan> drawing)
    {
        long began = _time.GetTimestamp();
        while (_time.GetElapsedTime(began) < length)
        {
            _time.Advance(TimeSpan.FromMilliseconds(50));
            if (_board.IsDue)
                _board.Draw(Draw);
        }
        return _time.GetElapsedTime(began);

        void Draw(string bar)
        {
            _drawn.Add(bar);
            TimeSpan takes = drawing(bar);
            _drawing += takes;
            _time.Advance(takes);
        }
    }
}
