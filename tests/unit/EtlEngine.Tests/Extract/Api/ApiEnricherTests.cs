using System.Text;
using EtlTools.Engine.DeadLetters;
using EtlTools.Engine.Extract.Api;
using EtlTools.Engine.Extract.Json;
using EtlTools.Engine.Records;
using EtlTools.Engine.Resilience;
using EtlTools.Engine.Stages;
using Microsoft.AspNetCore.Http;

namespace EtlTools.Engine.Tests.Extract.Api;

public class ApiEnricherTests
{
    private static readonly Schema Columns = new(["id", "name"]);

    [Fact]
    public async Task Enrich_Records_MergesAnswersInOrder()
    {
        using var service = new TestService(async context =>
        {
            int id = int.Parse(context.Request.Path.Value![6..], System.Globalization.CultureInfo.InvariantCulture);
            await Task.Delay(TimeSpan.FromMilliseconds(id % 7 * 3), TimeProvider.System);
            await context.Json($$"""{"name":"name {{id}}","city":{"zip":"{{id}}"},"credit":12.50}""");
        });
        List<Record> records = await RunAsync(From(service, "/user/{id}"), Enumerable.Range(1, 100).Select(i => (object?)i));
        Assert.Equal(Enumerable.Range(1, 100), records.Select(record => (int)record[0]!));
        Assert.Equal(["id", "name", "city", "credit"], records[0].Schema.Names);
        Assert.Equal(("name 1", """{"zip":"1"}""", 12.50m), (records[0][1], records[0][2]!.ToString(), records[0][3]));
    }

    [Fact]
    public async Task Enrich_Values_AreEscapedAndStayInTheirPlace()
    {
        using var service = new TestService(context => context.Json("{}"));
        List<Record> records = await RunAsync(From(service, "/user/{id}?q={name}"), ["a/b c?d=1&e#é", "..", null]);
        Assert.Equal("/user/a/b c?d=1&e#é?q=n", Uri.UnescapeDataString(Assert.Single(service.Requests).Target));
        Assert.Equal([null, ErrorCodes.CallRefused, ErrorCodes.RequiredMissing], records.Select(record => record.Error?.Code));
    }

    [Fact]
    public async Task Enrich_ColumnsWithNamesOfAnyKind_AreFilledIn_AndOtherBracesStay()
    {
        using var service = new TestService(context => context.Json("{}"));
        var query = ApiBodyValue.Of(new Dictionary<string, object> { ["q"] = "{no#} x{9}" }, value => value);
        ApiEnrichment options = From(service, "/{2024_id}/{a/b (c)}?{9}") with
        {
            Query = query,
            Method = HttpMethod.Post,
            Body = ApiBody.OfText("""{"id":{2024_id},"digits":"[0-9]{4}","n":"{no#}"}""", null),
        };
        var schema = new Schema(["2024_id", "no#", "a/b (c)"]);
        Assert.Null(Assert.Single(await RunAsync(options, [new Record(schema, [7L, "5&6", "x"])])).Error);
        TestService.Seen seen = Assert.Single(service.Requests);
        Assert.Equal("/7/x?%7B9%7D&q=5%266%20x%7B9%7D", seen.Target);
        Assert.Equal("""{"id":7,"digits":"[0-9]{4}","n":"5&6"}""", seen.Body);
        Assert.Equal(ErrorCodes.RequiredMissing, Assert.Single(await RunAsync(options, [new Record(schema, [null, "5", "x"])])).Error?.Code);
    }

    [Fact]
    public async Task Enrich_PostBody_TakesColumns()
    {
        using var service = new TestService(context => context.Json("[1]", 201));
        ApiEnrichment text = From(service, "/rate") with { Method = HttpMethod.Post, Body = ApiBody.OfText("""{"id": {id}, "who": "{name}"}""", null), ResultColumn = "answer" };
        Record record = Assert.Single(await RunAsync(text, [1], name: "say \"hi\""));
        Assert.Equal("[1]", record.TryGetValue("answer", out object? answer) ? answer!.ToString() : null);
        Assert.Equal(("""{"id": 1, "who": "say \"hi\""}""", "application/json"), (service.Requests[0].Body, service.Requests[0].Headers["Content-Type"]));

        ApiEnrichment members = text with { Body = Members("application/json", ("n", "{id}"), ("who", "Mr {name}")) };
        await RunAsync(members, [1]);
        Assert.Equal("""{"n":1,"who":"Mr n"}""", service.Requests[1].Body);
        await RunAsync(members with { Body = Members(null, ("n", "{id}&{name}")) }, [1]);
        Assert.Equal("n=1%26n", service.Requests[2].Body);
    }

    [Theory]
    [InlineData("text/xml; charset=iso-8859-1", "3C613EE93C2F613E")]
    [InlineData("text/xml; charset=\"utf-16\"", "3C0061003E00E9003C002F0061003E00")]
    [InlineData("text/xml; charset=utf8", "3C613EC3A93C2F613E")]
    [InlineData("text/xml", "3C613EC3A93C2F613E")]
    public async Task Body_OfACharset_IsSentInIt(string type, string hex)
    {
        ApiBody body = ApiBody.OfText("<a>é</a>", type);
        using HttpContent content = body.ToContent(body.Fill(null), "POST x")();
        Assert.Equal(hex, Convert.ToHexString(await content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)));
    }

    [Fact]
    public async Task Body_WithACharacterThatItsCharsetLacks_FailsThatRecordAlone()
    {
        using var service = new TestService(context => context.Json("{}"));
        ApiEnrichment options = From(service, "/") with { Method = HttpMethod.Post, Body = ApiBody.OfText("{id}", "text/plain; charset=iso-8859-1") };
        List<Record> records = await RunAsync(options, ["é", "ł"]);
        Assert.Equal([null, ErrorCodes.CallRefused], records.Select(record => record.Error?.Code));
        Assert.Contains("iso-8859-1", records[1].Error!.Message, StringComparison.Ordinal);
        Assert.Equal(FailureCodes.InvalidParameter, Assert.Throws<EtlException>(() => ApiBody.OfText("", "text/plain; charset=nonsense")).Code);
    }

    [Fact]
    public async Task Enrich_BytesInTheAddress_AreBase64()
    {
        using var service = new TestService(context => context.Json("{}"));
        List<Record> records = await RunAsync(From(service, "/file?key={id}"), [new byte[] { 1, 2, 255 }, new object()]);
        Assert.Equal("/file?key=AQL%2F", Assert.Single(service.Requests).Target);
        Assert.Equal([null, ErrorCodes.CallRefused], records.Select(record => record.Error?.Code));
    }

    [Fact]
    public void Body_Secrets_AreSentAsTheirText()
    {
        var secret = new System.Net.NetworkCredential("", "{id}-long").SecurePassword;
        var map = new System.Collections.Specialized.OrderedDictionary { ["user"] = "bob", ["password"] = secret };
        ApiBodyValue value = ApiBodyValue.Of(map, value => value);
        Assert.Equal("""{"user":"bob","password":"{id}-long"}""", Encoding.UTF8.GetString(value.ToJson(new Record(Columns, [1, "n"]))));
        Assert.Equal("{id}-long", Assert.Single(value.Secrets));
        map["password"] = new Uri[] { new("http://a") }.GetEnumerator();
        EtlException e = Assert.Throws<EtlException>(() => ApiBodyValue.Of(map, value => value));
        Assert.Contains("which has no text", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("data", null)]
    [InlineData("dta", "There is no 'dta' in it. The document has the keys data, none, list, empty.")]
    [InlineData("data.address", "There is no 'data.address' in it.")]
    [InlineData("data.city.name", "There is no 'data.city.name' in it.")]
    [InlineData("data[0]", "There is no 'data[0]' in it.")]
    [InlineData("none", null)]
    [InlineData("none.city", null)]
    [InlineData("list[0]", null)]
    [InlineData("list[3]", null)]
    [InlineData("empty[0].city", null)]
    public async Task Enrich_ItemPathThatTheAnswerLacks_FailsTheRecord(string path, string? says)
    {
        using var service = new TestService(context => context.Json("""{"data":{"city":"Lodz"},"none":null,"list":[{"city":"Brno"}],"empty":[]}"""));
        Record record = Assert.Single(await RunAsync(From(service, "/{id}") with { Format = new JsonFormat { ItemPath = JsonPath.Parse(path, "ItemPath") } }, [1]));
        if (says is null)
            Assert.Null(record.Error);
        else
            Assert.Contains(says, record.Error!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"errors":[{"message":"Throttled"}]}""", true)]
    [InlineData("""{"data":{"city":"Lodz"},"errors":["late"]}""", true)]
    [InlineData("""{"errors":["no such zip"]}""", false)]
    [InlineData("""{"errors":[{"message":"no such zip"}],"zip":7}""", false)]
    public async Task Enrich_ErrorsOfGraphQL_FailTheRecord(string answer, bool fails)
    {
        using var service = new TestService(context => context.Json(answer));
        Record record = Assert.Single(await RunAsync(From(service, "/{id}"), [1]));
        Assert.Equal(fails ? ErrorCodes.CallRefused : null, record.Error?.Code);
        Assert.Equal(fails, record.Error?.Message.Contains("in its member 'errors'", StringComparison.Ordinal) ?? false);
    }

    [Theory]
    [InlineData("""{"items":[1]}""", true, "a Link header")]
    [InlineData("""{"items":[1],"next_page":"b"}""", false, "the member 'next_page'")]
    [InlineData("""{"items":[1],"next_page":null,"has_more":false}""", false, null)]
    [InlineData("""{"items":{"id":1},"next_step":"b"}""", false, null)]
    public async Task Enrich_AnswerWithFurtherPages_IsWarnedOfOnce(string answer, bool isLinked, string? says)
    {
        using var service = new TestService(context =>
        {
            if (isLinked)
                context.Response.Headers.Link = "</b>; rel=\"next\"";
            return context.Json(answer);
        });
        ApiEnrichment options = From(service, "/{id}") with { ResultColumn = "r", Format = new JsonFormat { ItemPath = JsonPath.Parse("items", "ItemPath") } };
        using var enricher = new ApiEnricher(options, Calls.Breakers(), TimeProvider.System, new Random(1));
        await using var stage = new RecordPoolStage("Invoke-EtlApi", new StageOptions(), TimeProvider.System, enricher.RunAsync);
        await Calls.PumpAsync(stage, Enumerable.Range(1, 3).Select(id => new Record(Columns, [id, "n"])), []);
        List<string> notices = Calls.Notices(stage);
        Assert.Equal(says is null ? 0 : 1, notices.Count);
        Assert.All(notices, notice => Assert.Contains($"further pages ({says}", notice, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Enrich_Refused_FailsThatRecordAlone()
    {
        using var service = new TestService(context => context.Request.Path.Value!.EndsWith('2') ? context.Status(404) : context.Json("""{"x":1}"""));
        BreakerRegistry breakers = Calls.Breakers();
        List<Record> records = await RunAsync(From(service, "/user/{id}"), [1, 2, 3], breakers);
        Assert.Equal([null, ErrorCodes.CallRefused, null], records.Select(record => record.Error?.Code));
        Assert.Equal($"GET {service.Url}/user/{{id}} answered 404 (Not Found).", records[1].Error!.Message);
        Assert.Equal(0, Assert.Single(breakers.All).Status.ConsecutiveFailures);
    }

    [Fact]
    public async Task Enrich_OneRecordAlwaysFails_FailsThatRecordAfterItsAttempts()
    {
        using var service = new TestService(context => context.Request.Path.Value!.EndsWith('2') ? context.Status(500) : context.Json("""{"x":1}"""));
        List<Record> records = await RunAsync(From(service, "/user/{id}"), [1, 2, 3], throttle: 1);
        Assert.Equal([null, ErrorCodes.CallFailed, null], records.Select(record => record.Error?.Code));
        Assert.Equal(3, records[1].Error!.Attempts);
    }

    [Theory]
    [InlineData("[1]", ErrorCodes.NotAnObject)]
    [InlineData("{\"a\":", ErrorCodes.InvalidJson)]
    [InlineData("{\"a\":nope}            ", ErrorCodes.InvalidJson)]
    [InlineData("<html>", ErrorCodes.InvalidJson)]
    public async Task Enrich_AnswerIsNoObject_FailsTheRecord(string answer, string code)
    {
        using var service = new TestService(context => context.Json(answer));
        Record record = Assert.Single(await RunAsync(From(service, "/user/{id}"), [1]));
        Assert.Equal(code, record.Error?.Code);
    }

    [Fact]
    public async Task Enrich_NoContent_LeavesTheRecordAsItIs()
    {
        using var service = new TestService(context => context.Status(204));
        Record record = Assert.Single(await RunAsync(From(service, "/user/{id}"), [1]));
        Assert.Null(record.Error);
        Assert.Equal(["id", "name"], record.Schema.Names);
    }

    [Fact]
    public async Task Enrich_WrongPassword_EndsTheRun()
    {
        using var service = new TestService(context => context.Status(401));
        EtlException e = await Assert.ThrowsAsync<EtlException>(() => RunAsync(From(service, "/user/{id}"), Enumerable.Range(1, 1000).Select(i => (object?)i)));
        Assert.Equal(FailureCodes.AuthenticationFailed, e.Code);
        Assert.InRange(service.Count, 1, 16);
    }

    [Theory]
    [InlineData("""{"id":7,"name":"x"}""", "'id', 'name'")]
    [InlineData("""{"id":1,"name":"x"}""", "'name'")]
    [InlineData("""{"ID":"1","name":"n","city":"Rome"}""", null)]
    public async Task Enrich_AnswerWithOtherValuesForOwnColumns_IsWarnedOfOnce(string answer, string? says)
    {
        using var service = new TestService(context => context.Json(answer));
        using var enricher = new ApiEnricher(From(service, "/x"), Calls.Breakers(), TimeProvider.System, new Random(1));
        await using var stage = new RecordPoolStage("Invoke-EtlApi", new StageOptions { ThrottleLimit = 2 }, TimeProvider.System, enricher.RunAsync);
        await Calls.PumpAsync(stage, Enumerable.Range(1, 20).Select(_ => new Record(Columns, [1L, "n"])), []);
        string[] expected = says is null ? [] : [$"The service's answers replace values that the records have in {says}."];
        Assert.Equal(expected, Calls.Notices(stage).Select(notice => notice[..(notice.IndexOf('.', StringComparison.Ordinal) + 1)]));
    }

    [Theory]
    [InlineData("""{"id":7,"a":{"b":1,"l":[2]}}""", "id=1 name=n r.id=7 r.a.b=1 r.a.l=[2]")]
    [InlineData("[1]", "id=1 name=n r=[1]")]
    [InlineData("", "id=1 name=n")]
    public async Task Enrich_ResultColumnAndFlatten_MakesAColumnOfEachMember(string answer, string expected)
    {
        using var service = new TestService(context => context.Json(answer));
        ApiEnrichment options = From(service, "/x") with { ResultColumn = "r", Format = new JsonFormat { Flatten = true } };
        Record record = Assert.Single(await RunAsync(options, [1]));
        Assert.Equal(expected, string.Join(' ', record.Schema.Names.Select((name, i) => $"{name}={record[i]}")));
    }

    [Theory]
    [InlineData("{\"a\":1}", "id=1 r.a=1 r.old=")]
    [InlineData("", "id=1 r.a= r.old=")]
    public async Task Enrich_FlattenedAnswer_TakesThePlaceOfAnEarlierOne(string answer, string expected)
    {
        using var service = new TestService(context => context.Json(answer));
        ApiEnrichment options = From(service, "/x") with { ResultColumn = "r", Format = new JsonFormat { Flatten = true } };
        using var enricher = new ApiEnricher(options, Calls.Breakers(), TimeProvider.System, new Random(1));
        await using var stage = new RecordPoolStage("Invoke-EtlApi", new StageOptions(), TimeProvider.System, enricher.RunAsync);
        List<Record> records = [];
        await Calls.PumpAsync(stage, [new Record(new Schema(["id", "r.a", "r.old"]), [1L, 0L, 2L])], records);
        Record record = Assert.Single(records);
        Assert.Equal(expected, string.Join(' ', record.Schema.Names.Select((name, i) => $"{name}={record[i]}")));
    }

    [Fact]
    public async Task Enrich_ErrorThatIsOnlyCompared_HasTheAnswerAsItsDetail()
    {
        using var service = new TestService(context => context.Json("""{"ok":false,"error":"ratelimited"}"""));
        ApiEnrichment options = From(service, "/user/{id}") with { Errors = ApiErrorMembers.Parse(["ok!=true"]) };
        Assert.Equal("""{"ok":false,"error":"ratelimited"}""", Assert.Single(await RunAsync(options, [1])).Error?.Detail);
    }

    [Fact]
    public async Task Enrich_SameRequestAgain_IsMadeOnceWithACache()
    {
        using var service = new TestService(async context =>
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
            await context.Json($$"""{"x":"{{context.Request.Path}}"}""");
        });
        List<Record> records = await RunAsync(From(service, "/user/{id}") with { CacheSize = 10 }, Enumerable.Range(0, 100).Select(i => (object?)(i % 5)));
        Assert.Equal(5, service.Count);
        Assert.All(records, record => Assert.Equal($"/user/{record[0]}", record[2]));
    }

    [Theory]
    [InlineData(404, 1)]
    [InlineData(500, 3)]
    public async Task Enrich_SharedCallFails_EachRecordSaysItsAttempts(int status, int attempts)
    {
        using var service = new TestService(async context =>
        {
            // All workers have a record of the call before it fails.
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
            await context.Status(status);
        });
        List<Record> records = await RunAsync(From(service, "/user/{id}") with { CacheSize = 10 }, Enumerable.Repeat((object?)7, 8));
        Assert.Equal(8, records.Count);
        Assert.All(records, record => Assert.Equal(attempts, record.Error?.Attempts));
        // Shared, or the test would not show it.
        Assert.InRange(service.Count, attempts, (8 * attempts) - 1);
    }

    [Fact]
    public async Task Enrich_AnswerThatIsNoObjectAfterRetries_SaysItsAttempts()
    {
        int calls = 0;
        using var service = new TestService(context => Interlocked.Increment(ref calls) <= 2 ? context.Status(503) : context.Json("[1]"));
        Record record = Assert.Single(await RunAsync(From(service, "/user/{id}"), [1]));
        Assert.Equal((ErrorCodes.NotAnObject, 3), (record.Error?.Code, record.Error?.Attempts));
    }

    [Fact]
    public async Task Enrich_DeadServiceThousandRecords_SendsWhatTheBreakerAllowsAndStops()
    {
        using var service = new TestService(context => context.Status(503));
        ApiEnrichment options = From(service, "/user/{id}") with
        {
            Calls = Calls.Quick with { OutageBudget = TimeSpan.FromSeconds(2.5), Breaker = new BreakerOptions { Cooldown = TimeSpan.FromSeconds(1) } },
        };
        EtlException e = await Assert.ThrowsAsync<EtlException>(() => RunAsync(options, Enumerable.Range(1, 1000).Select(i => (object?)i)));
        Assert.Equal(FailureCodes.OutageBudgetSpent, e.Code);
        // Five to open the breaker, up to seven that were under way by then, one or two probes, and a last one when the budget ends.
        Assert.InRange(service.Count, 5 + 1, 5 + 7 + 3);
    }

    [Fact]
    public async Task Enrich_DeadServiceToTheDeadLetter_FailsAllRecordsWithoutAFlood()
    {
        using var service = new TestService(context => context.Status(503));
        ApiEnrichment options = From(service, "/user/{id}") with { OnOutage = OutageAction.DeadLetter, Calls = Calls.Quick with { OutageBudget = TimeSpan.FromSeconds(0.3) } };
        List<Record> records = await RunAsync(options, Enumerable.Range(1, 1000).Select(i => (object?)i));
        Assert.Equal(1000, records.Count);
        Assert.All(records, record => Assert.Contains(record.Error?.Code, (string[])[ErrorCodes.ServiceUnavailable, ErrorCodes.CallFailed]));
        // Five to open the breaker, up to seven that were under way by then, and a last one when the budget ends.
        Assert.InRange(service.Count, 5, 5 + 7 + 1);
    }

    [Fact]
    public async Task Enrich_ServiceComesBack_NoRecordIsLost()
    {
        int calls = 0;
        using var service = new TestService(context => Interlocked.Increment(ref calls) <= 9 ? context.Status(503) : context.Json("""{"x":1}"""));
        ApiEnrichment options = From(service, "/user/{id}") with { Calls = Calls.Quick with { MaxAttempts = 20, Breaker = new BreakerOptions { Cooldown = TimeSpan.FromSeconds(0.3) } } };
        List<Record> records = await RunAsync(options, Enumerable.Range(1, 200).Select(i => (object?)i));
        Assert.Equal(Enumerable.Range(1, 200), records.Select(record => (int)record[0]!));
        Assert.All(records, record => Assert.Null(record.Error));
    }

    [Theory]
    [InlineData("not a url", "https://")]
    [InlineData("https://{name}.example/x", "host")]
    [InlineData("ftp://example/x", "https://")]
    public void New_WrongAddress_IsRefused(string uri, string says)
    {
        EtlException e = Assert.Throws<EtlException>(() => new ApiEnricher(new ApiEnrichment { Uri = uri }, Calls.Breakers(), TimeProvider.System, new Random(1)));
        Assert.Contains(says, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_UnknownColumn_IsRefused()
    {
        using var enricher = new ApiEnricher(new ApiEnrichment { Uri = "https://h.example/{idd}" }, Calls.Breakers(), TimeProvider.System, new Random(1));
        EtlException e = Assert.Throws<EtlException>(() => enricher.Check(new Record(Columns, [1, "n"])));
        Assert.Equal("-Uri: the records have no column 'idd'. They have id, name.", e.Message);
    }

    private static ApiEnrichment From(TestService service, string path) => new() { Uri = service.Url + path, Calls = Calls.Quick };

    private static Task<List<Record>> RunAsync(
        ApiEnrichment options, IEnumerable<object?> ids, BreakerRegistry? breakers = null, int throttle = 8, string name = "n") =>
        RunAsync(options, ids.Select(id => new Record(Columns, [id, name])), breakers, throttle);

    private static async Task<List<Record>> RunAsync(ApiEnrichment options, IEnumerable<Record> input, BreakerRegistry? breakers = null, int throttle = 8)
    {
        using var enricher = new ApiEnricher(options, breakers ?? Calls.Breakers(), TimeProvider.System, new Random(1));
        await using var stage = new RecordPoolStage("Invoke-EtlApi", new StageOptions { ThrottleLimit = throttle }, TimeProvider.System, enricher.RunAsync);
        var records = new List<Record>();
        await Calls.PumpAsync(stage, input, records);
        Assert.True(stage.Counters.Balanced);
        return records;
    }

    private static ApiBody Members(string? type, params (string Name, object? Value)[] members)
    {
        var map = new System.Collections.Specialized.OrderedDictionary();
        foreach ((string name, object? value) in members)
            map[name] = value;
        return ApiBody.OfValue(ApiBodyValue.Of(map, value => value), type ?? ApiBody.Form);
    }
}
