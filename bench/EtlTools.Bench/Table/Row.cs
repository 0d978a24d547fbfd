using System.Globalization;

namespace EtlTools.Bench;

/// <summary>A line of the table: one figure, what it was made of, and what it should be.</summary>
/// <param name="Work">What was done.</param>
/// <param name="Ours">What it took, where that was seconds.</param>
/// <param name="Peer">What it is compared with.</param>
/// <param name="Its">What that took.</param>
/// <param name="Figure">The figure that is judged.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="AtLeast">The least that it should be.</param>
/// <param name="AtMost">The most that it should be.</param>
internal sealed record Row(string Work, Taken? Ours, string Peer, Taken? Its, double Figure, string Unit, double? AtLeast = null, double? AtMost = null)
{
    private const string Times = "×";

    /// <summary>What the columns of the table are.</summary>
    public static string Head { get; } = Line("work", "ours", "processors", "against", "its", "processors", "figure", "goal", "") + Environment.NewLine
        + string.Concat(Widths.Select(width => $"|{new string('-', Math.Abs(width) + 1)}{(width > 0 ? ':' : '-')}")) + "|";

    private static int[] Widths => [-64, 9, 10, -44, 9, 10, 14, 16, -7];

    public bool IsMet => !(Figure < AtLeast) && !(Figure > AtMost);

    /// <summary>How many times as fast as a peer, by the clock.</summary>
    public static Row Speed(string work, Subject ours, Subject peer, double? atLeast = null) =>
        new(work, ours.Median, peer.Name, peer.Median, peer.Median.Wall / ours.Median.Wall, Times, AtLeast: atLeast);

    /// <summary>The share of another's processor time.</summary>
    public static Row Processor(string work, Subject ours, Subject other, double atMost) =>
        new($"{work}, processor time", ours.Median, other.Name, other.Median, ours.Median.Processor / other.Median.Processor, Times, AtMost: atMost);

    /// <summary>A time that users wait for.</summary>
    public static Row Wait(string work, Subject ours, double atMost, Subject? peer = null) =>
        new(work, ours.Median, peer?.Name ?? "", peer?.Median, ours.Median.Wall, "s", AtMost: atMost);

    public static Row Allocated(string work, double bytes, double? atMost = null) => new(work, null, "", null, bytes, "B/record", AtMost: atMost);

    public override string ToString() => Line(
        Work, Seconds(Ours?.Wall), Seconds(Ours?.Processor), Peer, Seconds(Its?.Wall), Seconds(Its?.Processor), $"{Number(Figure)} {Unit}",
        AtLeast is { } least ? $"≥ {Number(least)} {Unit}" : AtMost is { } most ? $"≤ {Number(most)} {Unit}" : "",
        AtLeast is null && AtMost is null ? "" : IsMet ? "met" : "NOT MET");

    private static string Line(params ReadOnlySpan<string> cells)
    {
        string line = "";
        for (int i = 0; i < cells.Length; i++)
            line += Widths[i] < 0 ? $"| {cells[i].PadRight(-Widths[i])} " : $"| {cells[i].PadLeft(Widths[i])} ";
        return line + "|";
    }

    private static string Seconds(double? seconds) => seconds is null or double.NaN ? "" : $"{Number(seconds.Value)} s";

    private static string Number(double value) => value.ToString(value < 0.1 ? "N3" : value < 100 ? "N2" : "N0", CultureInfo.InvariantCulture);
}
