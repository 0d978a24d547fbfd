using System.Net;
using System.Text;
using EtlTools.Engine.Extract.Api;
using EtlTools.Engine.Records;
using EtlTools.Engine.Resilience;
using EtlTools.Engine.Stages;
using Microsoft.Extensions.Time.Testing;

namespace EtlTools.Engine.Tests.Extract.Api;

/// <summary>Breaker, outage budget and rate limits together, over random faults in simulated time.</summary>
public class ApiSimulationTests
{
    private const int Threshold = 5;

    private static readonly TimeSpan Cooldown = TimeSpan.FromSeconds(2);

    private readonly FakeTimeProvider _time = new();

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 6)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Enrich_RandomFaults_EveryRecordComesOutOnceAndADeadHostIsSpared(int seed)
    {
        int workers = seed % 2 == 0 ? 1 : 8;
        var service = new SimulatedService(_time, seed);
        (List<Record> records, EtlException? ended) = await EnrichAsync(service, workers, 60, TimeSpan.FromSeconds(30));

        Assert.Null(ended);
        Assert.Equal(Enumerable.Range(1, 60), records.Select(record => (int)record[0]!));
        foreach (Record record in records)
        {
            int id = (int)record[0]!;
            // A record that failed was never answered, and nobody was answered twice.
            Assert.Equal(record.Error is null ? 1 : 0, service.Answered(id));
            Assert.False(record.Error is null && service.IsBad(id));
            Assert.True(record.Error is null or { Code: ErrorCodes.CallFailed });
        }
        AssertSpared(service, workers);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    public async Task Enrich_DeadForGood_EndsWithinTheBudgetAndLosesNothing(int workers)
    {
        var service = new SimulatedService(_time, workers) { DiesAt = TimeSpan.FromSeconds(1) };
        DateTimeOffset began = _time.GetUtcNow();
        (List<Record> records, EtlException? ended) = await EnrichAsync(service, workers, 200, TimeSpan.FromSeconds(9));

        Assert.Equal(FailureCodes.OutageBudgetSpent, ended?.Code);
        Assert.Contains("-OnOutage DeadLetter", ended!.Message, StringComparison.Ordinal);
        Assert.All(records, record => Assert.Equal(record.Error is null ? 1 : 0, service.Answered((int)record[0]!)));
        Assert.InRange(_time.GetUtcNow() - began, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(14));
        AssertSpared(service, workers);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Enrich_FiveCallsASecond_AnswersAllInTheTimeThatTakes(int seed)
    {
        var service = new SimulatedService(_time, seed) { CallsPerSecond = 5, IsHealthy = true };
        DateTimeOffset began = _time.GetUtcNow();
        (List<Record> records, EtlException? ended) = await EnrichAsync(service, 8, 40, TimeSpan.FromSeconds(30));
        Assert.Null(ended);
        Assert.All(records, record => Assert.Null(record.Error));
        Assert.Equal(40, records.Count);
        Assert.InRange(_time.GetUtcNow() - began, TimeSpan.FromSeconds(7), TimeSpan.FromSeconds(12));
    }

    [Fact]
    public async Task Enrich_ThreeShares_KeepTheLimitTogether()
    {
        var service = new SimulatedService(_time, 1) { CallsPerSecond = 1000, IsHealthy = true };
        List<Record>[] processes = [[], [], []];
        DateTimeOffset began = _time.GetUtcNow();
        await RunClockAsync(Task.WhenAll(processes.Select((records, i) => EnrichAsync(
            service, 4, Enumerable.Range((i * 20) + 1, 20), new ApiConnection { RateLimit = 6, Shares = 3 }, TimeSpan.FromSeconds(30), records))));
        Assert.All(processes, records => Assert.Equal(20, records.Count(record => record.Error is null)));
        // Each makes two calls a second.
        Assert.InRange(_time.GetUtcNow() - began, TimeSpan.FromSeconds(19 / 2.0), TimeSpan.MaxValue);
        // A call may arrive a little later than it was let go.
        Assert.InRange(service.MostInASecond, 1, 6 + 3);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Extract_RandomFaults_EveryItemComesOnce(int seed)
    {
        var service = new SimulatedService(_time, seed);
        using var client = new HttpClient(service);
        var extract = new ApiExtract { Uri = new Uri("http://service.example/pages"), Connection = new() { Client = client }, Calls = Options(TimeSpan.FromSeconds(60)) };
        await using var source = new ApiSource("Invoke-EtlApi", extract, new BreakerRegistry(_time), 10_000, _time, new Random(seed));
        var records = new List<Record>();
        await RunClockAsync(Calls.DrainIntoAsync(source, records));
        Assert.Equal(Enumerable.Range(1, 100).Select(id => (long)id), Calls.Ids(records));
        AssertSpared(service, 1);
    }

    private static ApiCallOptions Options(TimeSpan budget) =>
        new() { OutageBudget = budget, Breaker = new BreakerOptions { Threshold = Threshold, Cooldown = Cooldown } };

    private static void AssertSpared(SimulatedService service, int workers)
    {
        foreach ((TimeSpan from, TimeSpan to) in service.Outages)
        {
            // Calls that were under way when the host died are not the breaker's.
            int most = Threshold + (workers - 1) + 1 + (int)((to - from) / Cooldown);
            Assert.InRange(service.CallsBetween(from, to), 0, most);
        }
    }

    private async Task<(List<Record> Records, EtlException? Ended)> EnrichAsync(SimulatedService service, int workers, int count, TimeSpan budget)
    {
        var records = new List<Record>();
        try
        {
            await RunClockAsync(EnrichAsync(service, workers, Enumerable.Range(1, count), new ApiConnection(), budget, records));
            return (records, null);
        }
        catch (EtlException e)
        {
            return (records, e);
        }
    }

    private async Task EnrichAsync(SimulatedService service, int workers, IEnumerable<int> ids, ApiConnection connection, TimeSpan budget, List<Record> records)
    {
        using var client = new HttpClient(service, disposeHandler: false);
        var options = new ApiEnrichment { Uri = "http://service.example/{id}", Connection = connection with { Client = client }, Calls = Options(budget) };
        using var enricher = new ApiEnricher(options, new BreakerRegistry(_time), _time, new Random(1));
        await using var stage = new RecordPoolStage("Invoke-EtlApi", new StageOptions { ThrottleLimit = workers, BufferSize = 1000 }, _time, enricher.RunAsync);
        var columns = new Schema(["id"]);
        await Calls.PumpAsync(stage, ids.Select(id => new Record(columns, [id])), records);
    }

    /// <summary>Lets the clock go on until the work is done; in between everything that can run does.</summary>
    private async Task RunClockAsync(Task work)
    {
        while (!work.IsCompleted)
        {
            await Task.WhenAny(work, Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, TestContext.Current.CancellationToken));
            _time.Advance(TimeSpan.FromMilliseconds(50));
        }
        await work;
    }

    /// <summary>A service that dies and comes back, limits its calls, and has records that it can never answer.</summary>
    private sealed class SimulatedService : HttpMessageHandler
    {
        private readonly Lock _lock = new();
        private readonly FakeTimeProvider _time;
        private readonly DateTimeOffset _begin;
        private readonly Random _random;
        private readonly HashSet<int> _bad = [];
        private readonly List<TimeSpan> _calls = [];
        private readonly Queue<TimeSpan> _served = [];
        private readonly Dictionary<int, int> _answered = [];

        public SimulatedService(FakeTimeProvider time, int seed)
        {
            _time = time;
            _begin = time.GetUtcNow();
            _random = new Random(seed);
            CallsPerSecond = _random.Next(5, 30);
            for (int i = 0; i < 3; i++)
                _bad.Add(_random.Next(1, 50));
            TimeSpan at = TimeSpan.FromSeconds(_random.NextDouble());
            for (int i = 0; i < 3; i++)
            {
                TimeSpan to = at + TimeSpan.FromSeconds(1 + (_random.NextDouble() * 6));
                Planned.Add((at, to));
                at = to + TimeSpan.FromSeconds(1 + (_random.NextDouble() * 3));
            }
        }

        public int CallsPerSecond { get; init; }

        public bool IsHealthy { get; init; }

        public TimeSpan? DiesAt { get; init; }

        public IEnumerable<(TimeSpan From, TimeSpan To)> Outages => IsHealthy ? [] : DiesAt is { } from ? [(from, Now)] : Planned;

        private List<(TimeSpan From, TimeSpan To)> Planned { get; } = [];

        private TimeSpan Now => _time.GetUtcNow() - _begin;

        public bool IsBad(int id) => !IsHealthy && _bad.Contains(id);

        public int Answered(int id)
        {
            lock (_lock)
                return _answered.GetValueOrDefault(id);
        }

        /// <summary>The most calls in a second from one of them on.</summary>
        public int MostInASecond => _calls.Max(from => CallsBetween(from, from + TimeSpan.FromSeconds(1)));

        public int CallsBetween(TimeSpan from, TimeSpan to)
        {
            lock (_lock)
                return _calls.Count(at => at >= from && at < to);
        }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            TimeSpan arrived;
            bool isDead, isOver, drops;
            lock (_lock)
            {
                arrived = Now;
                _calls.Add(arrived);
                isDead = Outages.Any(outage => arrived >= outage.From && arrived <= outage.To);
                while (_served.TryPeek(out TimeSpan oldest) && oldest <= arrived - TimeSpan.FromSeconds(1))
                    _served.Dequeue();
                isOver = _served.Count >= CallsPerSecond;
                if (!isDead && !isOver)
                    _served.Enqueue(arrived);
                drops = _random.Next(2) == 0;
            }
            await Task.Delay(TimeSpan.FromMilliseconds(20), _time, cancellationToken);
            if (isDead)
                return drops ? throw new HttpRequestException(HttpRequestError.ConnectionError) : new HttpResponseMessage(HttpStatusCode.ServiceUnavailable);
            if (isOver)
                return TooMany(drops);
            return request.RequestUri!.AbsolutePath == "/pages" ? Page(request.RequestUri) : Answer(int.Parse(request.RequestUri.AbsolutePath[1..], System.Globalization.CultureInfo.InvariantCulture));
        }

        private static HttpResponseMessage TooMany(bool says)
        {
            var answer = new HttpResponseMessage(HttpStatusCode.TooManyRequests);
            if (says)
                answer.Headers.TryAddWithoutValidation("Retry-After", "1");
            else
                answer.Headers.TryAddWithoutValidation("RateLimit", "\"default\";r=0;t=1");
            return answer;
        }

        private static HttpResponseMessage Page(Uri uri)
        {
            int page = int.Parse(uri.Query.Length > 0 ? uri.Query.Split('=')[1] : "0", System.Globalization.CultureInfo.InvariantCulture);
            return Json($$"""{"items":[{{Answers.Items((page * 10) + 1, (page * 10) + 10)}}],"next_page":{{(page < 9 ? $"{page + 1}" : "null")}}}""");
        }

        private static HttpResponseMessage Json(string json) => new(HttpStatusCode.OK) { Content = new StringContent(json, Encoding.UTF8, "application/json") };

        private HttpResponseMessage Answer(int id)
        {
            if (IsBad(id))
                return new HttpResponseMessage(HttpStatusCode.InternalServerError);
            lock (_lock)
                _answered[id] = _answered.GetValueOrDefault(id) + 1;
            return Json("""{"state":"sent"}""");
        }
    }
}
