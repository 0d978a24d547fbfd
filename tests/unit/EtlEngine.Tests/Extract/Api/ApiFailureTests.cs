using System.IO.Compression;
using System.Net;
using System.Text;
using EtlTools.Engine.Extract.Api;
using EtlTools.Engine.Extract.Json;
using EtlTools.Engine.Records;
using EtlTools.Engine.Resilience;
using EtlTools.Engine.Stages;
using Microsoft.AspNetCore.Http;

namespace EtlTools.Engine.Tests.Extract.Api;

/// <summary>What a service does wrong, and what comes of it.</summary>
public class ApiFailureTests
{
    [Fact]
    public async Task Read_BreaksInMidPage_GivesEachItemOnce()
    {
        int tries = 0;
        using var service = new TestService(context => ++tries < 3
            ? context.Break($$"""{"items":[{{Answers.Items(1, 400 * tries)}}""")
            : context.Json($$"""{"items":[{{Answers.Items(1, 1000)}}]}"""));
        var (records, _) = await Calls.ReadAsync(Calls.From(service));
        Assert.Equal(Enumerable.Range(1, 1000).Select(i => (long)i), Calls.Ids(records));
        Assert.Equal(Enumerable.Range(1, 1000).Select(i => (long)i), records.Select(record => record.Position.Row));
        Assert.Equal(3, service.Count);
    }

    [Theory]
    [InlineData(5, 1000)]
    [InlineData(1, 100)]
    public async Task Read_PageIsAnotherAfterABreak_Stops(int from, int to)
    {
        int tries = 0;
        using var service = new TestService(context => ++tries == 1
            ? context.Break($$"""{"items":[{{Answers.Items(1, 400)}}""")
            : context.Json($$"""{"items":[{{Answers.Items(from, to)}}]}"""));
        var (records, failure) = await Calls.FailAsync(Calls.From(service));
        Assert.Equal(FailureCodes.PageChanged, failure.Code);
        Assert.Equal(Enumerable.Range(1, records.Count).Select(i => (long)i), Calls.Ids(records));
    }

    [Fact]
    public async Task Read_StallsInMidPage_IsTriedAgain()
    {
        int tries = 0;
        using var service = new TestService(async context =>
        {
            if (++tries > 1)
            {
                await context.Json($$"""{"items":[{{Answers.Items(1, 3)}}]}""");
                return;
            }
            await context.Response.WriteAsync("""{"items":[{"id":1,"name":"item 1"}""", context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        });
        ApiExtract extract = Calls.From(service) with { Connection = new ApiConnection { OperationTimeout = TimeSpan.FromMilliseconds(300) } };
        Assert.Equal([1L, 2, 3], Calls.Ids((await Calls.ReadAsync(extract)).Records));
        Assert.Equal(2, service.Count);
    }

    [Fact]
    public async Task Read_StreamsWhileThePageComes()
    {
        var goOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var service = new TestService(async context =>
        {
            await context.Response.WriteAsync("""{"items":[{"id":1}""", context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            await goOn.Task.WaitAsync(context.RequestAborted);
            await context.Response.WriteAsync(""",{"id":2}]}""", context.RequestAborted);
        });
        await using var source = new ApiSource("Invoke-EtlApi", Calls.From(service), Calls.Breakers(), 100, TimeProvider.System, new Random(1));
        Record? first;
        while (!source.TryTake(out first))
            source.Wait(TimeSpan.FromSeconds(10));
        Assert.Equal(1L, first[0]);
        goOn.SetResult();
        Assert.Equal([2L], Calls.Ids(await Calls.DrainAsync(source)));
    }

    [Fact]
    public async Task Read_500sAnd429_AreTriedAgain()
    {
        int tries = 0;
        using var service = new TestService(context => ++tries switch
        {
            1 => context.Status(500),
            2 => context.Status(429, retryAfter: "1"),
            _ => context.Json($$"""{"items":[{{Answers.Items(1, 2)}}]}"""),
        });
        long began = TimeProvider.System.GetTimestamp();
        await using var source = new ApiSource("Invoke-EtlApi", Calls.From(service), Calls.Breakers(), 10_000, TimeProvider.System, new Random(1));
        Assert.Equal(2, (await Calls.DrainAsync(source)).Count);
        Assert.Equal(2, source.Counters.Retries);
        Assert.True(TimeProvider.System.GetElapsedTime(began) >= TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Read_RetryAfterAsADate_IsWaitedFor()
    {
        int tries = 0;
        long asked = 0;
        using var service = new TestService(context =>
        {
            if (++tries > 1)
                return context.Json("""{"items":[]}""");
            asked = TimeProvider.System.GetTimestamp();
            return context.Status(503, TimeProvider.System.GetUtcNow().AddSeconds(3).ToString("R", System.Globalization.CultureInfo.InvariantCulture));
        });
        await Calls.ReadAsync(Calls.From(service));
        // The date has whole seconds.
        Assert.True(TimeProvider.System.GetElapsedTime(asked) >= TimeSpan.FromSeconds(1.9));
    }

    [Theory]
    [InlineData(429, "Retry-After", "2", 2)]
    [InlineData(429, "Retry-After", "2.5", 2.5)]
    [InlineData(503, "Retry-After", "2.0", 2)]
    [InlineData(403, "Retry-After", "2.0", 2)]
    [InlineData(429, "Retry-After", "Fri, 01 Jan 2038 00:00:09 GMT", 9)]
    [InlineData(429, "Retry-After", "2038-01-01T00:00:09Z", 9)]
    [InlineData(429, "Retry-After", "999999999", 999_999_999)]
    [InlineData(429, "Retry-After", "2145916809", 9)]
    [InlineData(429, "Retry-After", "99999999999999999999", 3_155_760_000)]
    [InlineData(429, "Retry-After", "soon", 0)]
    [InlineData(429, "Retry-After", "-5", 0)]
    [InlineData(429, "X-RateLimit-Reset", "2038-01-01T00:00:09Z", 9)]
    public void Wait_WhateverAServiceWrites_IsRead(int status, string header, string value, double seconds)
    {
        using var answer = new HttpResponseMessage((HttpStatusCode)status);
        answer.Headers.Date = new DateTimeOffset(2038, 1, 1, 0, 0, 0, TimeSpan.Zero);
        answer.Headers.TryAddWithoutValidation(header, value);
        Assert.Equal(TimeSpan.FromSeconds(seconds), ApiWaits.Read(answer, TimeProvider.System));
        Assert.Equal(status != 503, ApiWaits.IsThrottling(answer));
    }

    [Fact]
    public async Task Read_RetryAfterTooLong_StopsAtOnceAndOpensTheBreaker()
    {
        using var service = new TestService(context => context.Status(503, retryAfter: "3600"));
        BreakerRegistry breakers = Calls.Breakers();
        var (_, failure) = await Calls.FailAsync(Calls.From(service), breakers);
        Assert.Equal(FailureCodes.OutageBudgetSpent, failure.Code);
        Assert.Equal((1, BreakerState.Open), (service.Count, Assert.Single(breakers.All).Status.State));
        Assert.True(Assert.Single(breakers.All).Status.NextProbe > TimeProvider.System.GetUtcNow().AddMinutes(59));
    }

    [Theory]
    [InlineData(400, "RequestRefused", "400 (Bad Request)")]
    [InlineData(401, "AuthenticationFailed", "-Authentication")]
    [InlineData(403, "AuthenticationFailed", "403 (Forbidden)")]
    [InlineData(404, "RequestRefused", "404 (Not Found)")]
    public async Task Read_Refused_StopsAtOnceAndCountsAsNoFailure(int status, string code, string says)
    {
        using var service = new TestService(context => context.Status(status));
        BreakerRegistry breakers = Calls.Breakers();
        var (_, failure) = await Calls.FailAsync(Calls.From(service, "/items?key=secret"), breakers);
        Assert.Equal(code, failure.Code);
        Assert.Contains(says, failure.Message, StringComparison.Ordinal);
        Assert.Contains($"GET {service.Url}/items?key", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", failure.Message, StringComparison.Ordinal);
        Assert.Equal((1, 0), (service.Count, Assert.Single(breakers.All).Status.ConsecutiveFailures));
    }

    [Fact]
    public async Task Read_Html_SaysSo()
    {
        using var service = new TestService(context =>
        {
            context.Response.ContentType = "text/html; charset=utf-8";
            return context.Response.WriteAsync("<!doctype html><title>Log in</title>");
        });
        var (_, failure) = await Calls.FailAsync(Calls.From(service));
        Assert.Equal(FailureCodes.NotJson, failure.Code);
        Assert.Contains("answered 200 with text/html. It is HTML or XML instead of JSON.", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_GzipThatIsNotDeclared_SaysSo()
    {
        using var service = new TestService(async context =>
        {
            await using var packed = new GZipStream(context.Response.Body, CompressionLevel.Fastest);
            await packed.WriteAsync("[]"u8.ToArray(), context.RequestAborted);
        });
        var (_, failure) = await Calls.FailAsync(Calls.From(service));
        Assert.Equal(FailureCodes.NotJson, failure.Code);
        Assert.Contains("It is compressed with gzip.", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_InvalidJson_SaysAtWhichByte()
    {
        const string Page = """{"items":[{"id":1},{"id":2}],nonsense        }""";
        using var service = new TestService(context => context.Json(Page));
        var (records, failure) = await Calls.FailAsync(Calls.From(service));
        Assert.Equal((2, FailureCodes.NotJson), (records.Count, failure.Code));
        Assert.Contains($"at byte {Page.IndexOf("nonsense", StringComparison.Ordinal)}.", failure.Message, StringComparison.Ordinal);
        Assert.Equal(1, service.Count);
    }

    [Fact]
    public async Task Read_BadItemInAPage_FailsThatItem()
    {
        using var service = new TestService(context => context.Json("""{"items":[{"id":1},"x",{"id":nope},{"id":2}]}"""));
        var (records, _) = await Calls.ReadAsync(Calls.From(service));
        Assert.Equal([null, ErrorCodes.NotAnObject, ErrorCodes.InvalidJson, null], records.Select(record => record.Error?.Code));
    }

    [Fact]
    public async Task Read_NoSuchItemPath_SaysWhichKeysThereAre()
    {
        using var service = new TestService(context => context.Json("""{"results":[],"count":0}"""));
        var (_, failure) = await Calls.FailAsync(Calls.From(service));
        Assert.Equal(FailureCodes.ItemsNotFound, failure.Code);
        Assert.Contains("has the keys results, count.", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ok!=true", """{"ok":false,"error":{"code":"rate \"limited\""},"items":[{"id":1}],"more":"x"}""", """{"ok":false,"error.code":"rate \"limited\"","more":"x"}""")]
    [InlineData("status=error", """{"status":"error","error":null,"items":[]}""", """{"status":"error","error":null}""")]
    [InlineData("error", """{"error":{"code":5},"items":[]}""", """{"code":5}""")]
    public async Task Read_AnswerThatReportsAnError_HasItsWordsAsDetail(string path, string answer, string detail)
    {
        using var service = new TestService(context => context.Json(answer));
        var (_, failure) = await Calls.FailAsync(Calls.From(service) with { Errors = ApiErrorMembers.Parse([path]) });
        Assert.Equal((FailureCodes.AnswerHasErrors, detail), (failure.Code, failure.Detail));
    }

    [Theory]
    [InlineData("ok!=true", """{"ok":false,"error":"invalid_auth"}""", """{"ok":false,"error":"invalid_auth"}""")]
    [InlineData("error", """{"error":{"code":498}}""", """{"code":498}""")]
    [InlineData(null, """{"errors":[{"message":"Throttled"}]}""", """[{"message":"Throttled"}]""")]
    [InlineData(null, """{"errors":[{"message":"Throttled"}],"extensions":{"cost":7}}""", """[{"message":"Throttled"}]""")]
    [InlineData(null, """{"data":null,"errors":[{"message":"Throttled"}]}""", """[{"message":"Throttled"}]""")]
    public async Task Read_ErrorInsteadOfTheItems_IsTold(string? path, string answer, string detail)
    {
        using var service = new TestService(context => context.Json(answer));
        ApiExtract extract = Calls.From(service) with
        {
            Errors = path is null ? null : ApiErrorMembers.Parse([path]),
            Format = new JsonFormat { ItemPath = JsonPath.Parse("data.nodes", "ItemPath") },
        };
        var (_, failure) = await Calls.FailAsync(extract);
        Assert.Equal((FailureCodes.AnswerHasErrors, detail), (failure.Code, failure.Detail));
    }

    [Fact]
    public async Task Read_ErrorsOfNoGraphQL_AreNotProposedAsItems()
    {
        using var service = new TestService(context => context.Json("""{"errors":[{"message":"Throttled"}],"status":"failed"}"""));
        var (_, failure) = await Calls.FailAsync(Calls.From(service));
        Assert.Equal(FailureCodes.ItemsNotFound, failure.Code);
        Assert.DoesNotContain("-ItemPath errors", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_RedirectInACircle_SaysSo()
    {
        using var service = new TestService(context => context.Redirect("/items?token=secret"));
        var (_, failure) = await Calls.FailAsync(Calls.From(service));
        Assert.Equal(FailureCodes.RequestRefused, failure.Code);
        Assert.Contains("redirected more than 10 times, at last to http://", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", failure.Message, StringComparison.Ordinal);
        Assert.Equal(11, service.Count);
    }

    [Fact]
    public async Task Read_HttpsFromAPortForHttp_DoesNotBlameACertificate()
    {
        using var service = new TestService(context => context.Json("""{"items":[]}"""));
        var (_, failure) = await Calls.FailAsync(Calls.From(service) with { Uri = new Uri($"https://localhost:{service.Port}/items") });
        Assert.Equal(FailureCodes.TlsFailed, failure.Code);
        Assert.EndsWith($"Check that port {service.Port} is one for https.", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_BeyondTheCap_StopsAndClosesTheConnection()
    {
        const int Cap = 100_000;
        var aborted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var service = new TestService(async context =>
        {
            try
            {
                await context.Response.WriteAsync("""{"items":[{"id":0}""", context.RequestAborted);
                while (true)
                    await context.Response.WriteAsync($",{Answers.Items(1, 100)}", context.RequestAborted);
            }
            catch (OperationCanceledException)
            {
                aborted.SetResult();
            }
        });
        var (records, failure) = await Calls.FailAsync(Calls.From(service) with { Connection = new ApiConnection { MaxBodyBytes = Cap } });
        Assert.Equal(FailureCodes.ResponseTooLarge, failure.Code);
        Assert.Contains("response that exceeds 100000 bytes", failure.Message, StringComparison.Ordinal);
        Assert.InRange(records[^1].Position.ByteOffset, Cap / 2, Cap);
        await aborted.Task.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        Assert.Equal(1, service.Count);
    }

    [Fact]
    public async Task BodyStream_BeyondTheCap_HasReadNoMoreThanOneByteMore()
    {
        var endless = new Endless();
        var body = new ApiBodyStream(endless, 1000, TimeSpan.Zero, TimeProvider.System, "GET x");
        await Assert.ThrowsAsync<ApiCallException>(async () => await body.ReadExactlyAsync(new byte[2000], TestContext.Current.CancellationToken));
        Assert.Equal(1001, endless.Given);
    }

    [Fact]
    public async Task BodyStream_TheLargestCap_IsNoCap()
    {
        var body = new ApiBodyStream(new Endless(), long.MaxValue, TimeSpan.Zero, TimeProvider.System, "GET x");
        await body.ReadExactlyAsync(new byte[2000], TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    public async Task Read_Compressed_CountsWhatItBecomes(string encoding)
    {
        byte[] page = Encoding.UTF8.GetBytes($$"""{"items":[{{Answers.Items(1, 5000)}}]}""");
        using var service = new TestService(async context =>
        {
            context.Response.Headers.ContentEncoding = encoding;
            await using Stream packed = encoding == "br" ? new BrotliStream(context.Response.Body, CompressionLevel.Fastest) : new GZipStream(context.Response.Body, CompressionLevel.Fastest);
            await packed.WriteAsync(page, context.RequestAborted);
        });
        Assert.Equal(5000, (await Calls.ReadAsync(Calls.From(service))).Records.Count);
        var (_, failure) = await Calls.FailAsync(Calls.From(service) with { Connection = new ApiConnection { MaxBodyBytes = page.Length / 2 } });
        Assert.Equal(FailureCodes.ResponseTooLarge, failure.Code);
    }

    [Fact]
    public async Task Read_DeadService_SendsWhatTheBreakerAllows()
    {
        using var service = new TestService(context => context.Status(500));
        var calls = Calls.Quick with { OutageBudget = TimeSpan.FromSeconds(2.5), Breaker = new BreakerOptions { Cooldown = TimeSpan.FromSeconds(1) } };
        var (_, failure) = await Calls.FailAsync(Calls.From(service) with { Calls = calls });
        Assert.Equal(FailureCodes.OutageBudgetSpent, failure.Code);
        // Five open the breaker; then a probe a second, and one when the budget ends.
        Assert.InRange(service.Count, 6, 8);
    }

    [Fact]
    public async Task Dispose_InTheMiddleOfAPage_AbortsTheConnectionAtOnce()
    {
        var aborted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var service = new TestService(async context =>
        {
            context.RequestAborted.Register(() => aborted.TrySetResult());
            await context.Response.WriteAsync("""{"items":[{"id":1}""", context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        });
        BreakerRegistry breakers = Calls.Breakers();
        var source = new ApiSource("Invoke-EtlApi", Calls.From(service), breakers, 100, TimeProvider.System, new Random(1));
        while (!source.TryTake(out _))
            source.Wait(TimeSpan.FromSeconds(10));
        await source.DisposeAsync();
        await aborted.Task.WaitAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
        Assert.Equal((BreakerState.Closed, 0), (Assert.Single(breakers.All).Status.State, Assert.Single(breakers.All).Status.ConsecutiveFailures));
    }

    [Fact]
    public async Task Read_UnknownHost_IsNotTriedAgain()
    {
        var (_, failure) = await Calls.FailAsync(new ApiExtract { Uri = new Uri("http://no-such-host.invalid/"), Calls = Calls.Quick with { OutageBudget = TimeSpan.FromSeconds(1) } });
        Assert.Contains("no-such-host.invalid", failure.Message, StringComparison.Ordinal);
    }

    private sealed class Endless : MemoryStream
    {
        public int Given { get; private set; }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Given += buffer.Length;
            return ValueTask.FromResult(buffer.Length);
        }
    }
}
