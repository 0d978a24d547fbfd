using EtlTools.Engine.DeadLetters;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Stages;

/// <summary>
/// What a stage has done so far, in records. Each count is written by one thread: the consumer's, or the stage's worker if the stage is the
/// last one of a record. Any thread may read. At the end In + Made = Out + Filtered + Failed + Forwarded.
/// </summary>
internal sealed class StageCounters(string name)
{
    private const string AndOthers = " and others";

    private volatile bool _hasEnded;
    private long _retries;
    private long _entered;
    private long _left;
    private long _batches;
    private long _batchTicks;
    private long _in;
    private long _made;
    private long _out;
    private long _filtered;
    private long _failed;
    private long _forwarded;
    private long _waitingUntil;

    /// <summary>The stage's name, as the user knows it: its cmdlet.</summary>
    public string Name { get; } = name;

    /// <summary>What the stage works on: files, an address or a table; null if there is nothing to name. It passes the redactor before it
    /// is shown.</summary>
    public string? Subject { get; internal set; }

    /// <summary>The largest number of records that the stage holds; 0 if unknown.</summary>
    public int Capacity { get; init; }

    /// <summary>Whether the next command is the next stage, so that everything it sends must arrive there.</summary>
    public bool FeedsNext { get; internal set; }

    /// <summary>The dead letters that the stage has read back; null if it reads none.</summary>
    public ReplayTally? Replayed { get; internal set; }

    /// <summary>Records that arrived, failed ones of earlier stages included.</summary>
    public long In => Volatile.Read(ref _in);

    /// <summary>Records that the stage created: rows read by a source, or the second and later outputs of one input.</summary>
    public long Made => Volatile.Read(ref _made);

    /// <summary>Good records that left.</summary>
    public long Out => Volatile.Read(ref _out);

    /// <summary>Records dropped on purpose.</summary>
    public long Filtered => Volatile.Read(ref _filtered);

    /// <summary>Records that failed here.</summary>
    public long Failed => Volatile.Read(ref _failed);

    /// <summary>Records that had failed earlier and passed through.</summary>
    public long Forwarded => Volatile.Read(ref _forwarded);

    /// <summary>Records inside the stage, waiting or being worked on; 0 after its end.</summary>
    public long Held
    {
        get
        {
            // Read first, so that a record in transit is not missed on both sides.
            long left = Interlocked.Read(ref _left);
            return _hasEnded ? 0 : Math.Max(0, In + Volatile.Read(ref _entered) - left);
        }
    }

    /// <summary>Until when the stage retries an unavailable database, in UTC; null if it is not waiting for one.</summary>
    public DateTimeOffset? WaitingUntil => Volatile.Read(ref _waitingUntil) is > 0 and var ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;

    /// <summary>The number of retried calls.</summary>
    public long Retries => Interlocked.Read(ref _retries);

    /// <summary>Batches that a loader has loaded.</summary>
    public long Batches => Volatile.Read(ref _batches);

    /// <summary>The sum of the batches' times; the writers of a loader work at the same time.</summary>
    public TimeSpan BatchTime => TimeSpan.FromTicks(Volatile.Read(ref _batchTicks));

    /// <summary>True when the sum holds.</summary>
    public bool Balanced => In + Made == Out + Filtered + Failed + Forwarded;

    /// <summary>An error of the stage; see <see cref="RecordStage.NewError"/>.</summary>
    internal RecordError NewError(string code, string message, string? column = null, string? detail = null) =>
        new() { Code = code, Message = message, Stage = Name, FailedIn = this, Column = column, Detail = detail };

    /// <summary>A batch was loaded. Any thread.</summary>
    internal void AddBatch(TimeSpan elapsed)
    {
        Interlocked.Increment(ref _batches);
        Interlocked.Add(ref _batchTicks, elapsed.Ticks);
    }

    /// <summary>A call was retried. Any thread.</summary>
    internal void AddRetry() => Interlocked.Increment(ref _retries);

    /// <summary>The stage starts to wait for its database, or continues. Any thread.</summary>
    internal void WaitUntil(DateTimeOffset? until) => Volatile.Write(ref _waitingUntil, until?.UtcTicks ?? 0);

    /// <summary>The stage is disposed, with everything it held.</summary>
    internal void End() => _hasEnded = true;

    /// <summary>The sums of two stages that have ended.</summary>
    internal StageCounters Plus(StageCounters other)
    {
        bool isNamed = Subject == other.Subject || Subject?.EndsWith(AndOthers, StringComparison.Ordinal) == true;
        var sum = new StageCounters(Name)
        {
            Subject = isNamed ? Subject : Subject + AndOthers,
            Capacity = Capacity,
            Replayed = Replayed is null ? other.Replayed : Replayed.Plus(other.Replayed),
        };
        sum.AddIn(In + other.In);
        sum.AddMade(Made + other.Made);
        sum.AddOut(Out + other.Out);
        sum.AddFiltered(Filtered + other.Filtered);
        sum.AddFailed(Failed + other.Failed);
        sum.AddForwarded(Forwarded + other.Forwarded);
        sum._retries = Retries + other.Retries;
        sum._batches = Batches + other.Batches;
        sum._batchTicks = (BatchTime + other.BatchTime).Ticks;
        return sum;
    }

    internal void AddIn(long n = 1) => Volatile.Write(ref _in, _in + n);

    /// <summary>A source's reader has read records, which count as made only when they are taken.</summary>
    internal void AddEntered(int n) => Volatile.Write(ref _entered, _entered + n);

    /// <summary>Records have left the stage, whatever happened to them. Any thread.</summary>
    internal void AddLeft(long n = 1) => Interlocked.Add(ref _left, n);

    internal void AddMade(long n = 1) => Volatile.Write(ref _made, _made + n);

    internal void AddOut(long n = 1) => Volatile.Write(ref _out, _out + n);

    internal void AddFiltered(long n = 1) => Volatile.Write(ref _filtered, _filtered + n);

    internal void AddFailed(long n = 1) => Volatile.Write(ref _failed, _failed + n);

    internal void AddForwarded(long n = 1) => Volatile.Write(ref _forwarded, _forwarded + n);
}
