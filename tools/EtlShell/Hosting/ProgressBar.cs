using System.Diagnostics;
using System.Management.Automation;
using System.Text;

namespace EtlTools.Shell.Hosting;

/// <summary>Progress records as lines below the output; the cursor rests at the block's beginning, so that output overwrites it.</summary>
internal sealed class ProgressBar
{
    private const int BarWidth = 30;
    private const int RedrawMilliseconds = 100;

    private readonly SortedDictionary<(long Source, int Activity), ProgressRecord> _records = [];
    private long _lastDrawn;
    private bool _drawn;
    private bool _atLineStart = true;

    public void Update(long sourceId, ProgressRecord record)
    {
        (long, int) key = (sourceId, record.ActivityId);
        bool isNew = !_records.ContainsKey(key);
        if (record.RecordType == ProgressRecordType.Completed)
        {
            _records.Remove(key);
            Erase();
        }
        else
        {
            _records[key] = record;
            if (!isNew && Stopwatch.GetElapsedTime(_lastDrawn).TotalMilliseconds < RedrawMilliseconds)
                return;
        }

        Draw();
    }

    /// <summary>Erases the block before other output is written.</summary>
    public void MakeRoom(bool endsLine)
    {
        Erase();
        _atLineStart = endsLine;
    }

    public void Clear()
    {
        _records.Clear();
        Erase();
    }

    private void Erase()
    {
        if (_drawn)
            Console.Out.Write("\e[0J");
        _drawn = false;
    }

    private void Draw()
    {
        // A prompt or a half-written line keeps its place.
        if (_records.Count == 0 || !_atLineStart)
            return;
        int width = Math.Max(Console.WindowWidth - 1, 20);
        var block = new StringBuilder("\e[0J");
        foreach (ProgressRecord record in _records.Values)
            block.Append(PSStyle.Instance.Progress.Style).Append(Line(record, width)).Append(PSStyle.Instance.Reset).Append('\n');
        block.Append("\e[").Append(_records.Count).Append('A');
        Console.Out.Write(block.ToString());
        _lastDrawn = Stopwatch.GetTimestamp();
        _drawn = true;
    }

    private static string Line(ProgressRecord record, int width)
    {
        string bar = "";
        if (record.PercentComplete >= 0)
        {
            int filled = BarWidth * Math.Min(record.PercentComplete, 100) / 100;
            bar = $" [{new string('o', filled)}{new string(' ', BarWidth - filled)}]";
        }

        string remaining = record.SecondsRemaining >= 0 ? $" {TimeSpan.FromSeconds(record.SecondsRemaining):g} remaining" : "";
        string line = $"{record.Activity}{bar} {record.StatusDescription} {record.CurrentOperation}{remaining}".TrimEnd().ReplaceLineEndings(" ");
        return line.Length > width ? line[..width] : line;
    }
}
