using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using EtlTools.Engine.Tests.Extract.Api;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace EtlTools.Cmdlets.Tests;

/// <summary>What services answer in the world, and what users then see.</summary>
public sealed class ApiWorldTests : IDisposable
{
    private const string Load = "Export-EtlSqlUpsert -SqlitePath t.db -Table t -Key id -CreateTable -WatermarkName w -DeadLetterPath d.jsonl";

    private readonly ModuleSession _session = new();

    public void Dispose() => _session.Dispose();

    [Fact]
    public void Since_FourRuns_LoadAllThatIsNew()
    {
        int rows = 0;
        using var service = new TestService(context =>
        {
            DateTime after = context.Query("since") is { } since ? DateTime.Parse(since, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal) : default;
            return context.Json($$"""{"items":[{{string.Join(',', Enumerable.Range(1, rows).Where(day => new DateTime(2026, 3, day) > after).Select(day => $$"""{"id":{{day}},"at":"2026-03-{{day:00}}T00:00:00Z"}"""))}}]}""");
        });
        for (rows = 2; rows <= 8; rows += 2)
        {
            _session.Run($$"""
                $mark = Get-EtlWatermark w -SqlitePath t.db
                $since = if ($mark) { @{ Since = $mark.Value } } else { @{} }
                Invoke-EtlApi {{service.Url}} -Pagination None @since | {{Load}} -WatermarkColumn at -WatermarkLag 00:10:00
                """);
            Assert.Equal(rows, Count());
        }
        Assert.Equal("1", Text("@(Get-EtlWatermark w -SqlitePath t.db).Count"));
    }

    [Theory]
    [InlineData("-PageSize 4")]
    [InlineData("-PageParameter p")]
    [InlineData("-Pagination Offset")]
    [InlineData("-Method POST -Body '{\"other\":1}'")]
    public void ResumeFrom_PagesAskedForInAnotherWay_IsRefused(string other)
    {
        using var service = new TestService(context => context.Json(context.Query("page") is "1" ? """{"items":[{"id":1}]}""" : """{"items":[]}"""));
        string before = other.Contains("Pagination", StringComparison.Ordinal) ? "" : "-Pagination Page";
        _session.Run($"Invoke-EtlApi {service.Url} -Pagination Page | {Load}");
        Outcome outcome = _session.Try($"Invoke-EtlApi {service.Url} {before} {other} -ResumeFrom (Get-EtlWatermark w -SqlitePath t.db)");
        Assert.StartsWith("WatermarkMismatch,", outcome.EndingError.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("-ResumeFrom $null", outcome.EndingError.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-Since @(1, 2)", "-Since")]
    [InlineData("-Headers @{ 'X Y' = 1 }", "-Headers")]
    [InlineData("-Headers @{ X = \"a`nb\" }", "-Headers")]
    [InlineData("-Headers @{ X = 'é' }", "ASCII")]
    [InlineData("-Headers @{ 'Content-Length' = 3 }", "Content-Length")]
    [InlineData("-Body @{ a = @{ b = 1 } }", "-Body")]
    [InlineData("-StatusAction @{ 404 = 'Forget' }", "-StatusAction")]
    [InlineData("-EndWhen ShortPage", "-PageSize")]
    [InlineData("-NextPath 'a..b'", "-NextPath")]
    public void Call_ThatCannotWork_IsRefusedBeforeAnythingIsSent(string arguments, string says)
    {
        using var service = new TestService(context => context.Json("""{"items":[]}"""));
        Outcome outcome = _session.Try($"Invoke-EtlApi {service.Url} {arguments}");
        Assert.StartsWith("InvalidParameter,", outcome.EndingError.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains(says, outcome.EndingError.ToString(), StringComparison.Ordinal);
        Assert.Equal(0, service.Count);
    }

    [Theory]
    [InlineData("@{ n = 1; on = $true; x = 2.5; l = 1, 'a'; no = $null; m = @{ d = @{ e = 1 } } }", """{"l":[1,"a"],"m":{"d":{"e":1}},"n":1,"no":null,"on":true,"x":2.5}""")]
    [InlineData("[pscustomobject]@{ n = 1; l = @(@{ a = 1 }) }", """{"l":[{"a":1}],"n":1}""")]
    [InlineData("@(1, 'b')", """[1,"b"]""")]
    public void Body_OfValues_KeepsItsTypes(string body, string json)
    {
        using var service = new TestService(context => context.Json("""{"items":[]}"""));
        _session.Run($"Invoke-EtlApi {service.Url} -Method POST -Headers @{{ 'Content-Type' = 'application/json' }} -Body ({body}) -Pagination None");
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(json), JsonNode.Parse(service.Requests[0].Body)), service.Requests[0].Body);
    }

    [Theory]
    [InlineData("[pscustomobject]@{ x = 1 }", "", "application/json", """{"x":1}""")]
    [InlineData("@{ x = 1 }", "", "application/x-www-form-urlencoded", "x=1")]
    [InlineData("[pscustomobject]@{ x = 1 }", "-ContentType application/x-www-form-urlencoded", "application/x-www-form-urlencoded", "x=1")]
    public void Body_OfValues_IsJsonForObjectsAndAFormForHashtables(string body, string more, string type, string expected)
    {
        string? given = null;
        using var service = new TestService(context =>
        {
            given = context.Request.ContentType;
            return context.Json("""{"items":[]}""");
        });
        _session.Run($"Invoke-EtlApi {service.Url} -Method POST -Body ({body}) {more} -Pagination None");
        Assert.Equal((type, expected), (given, service.Requests[0].Body));
    }

    [Theory]
    [InlineData("")]
    [InlineData("-ContentType application/json")]
    public void Body_WithASecureString_SendsItsTextAndMasksIt(string type)
    {
        using var service = new TestService(context => context.Json("""{"error":"hunter2-long is wrong"}""", 400));
        Outcome outcome = _session.Try($"Invoke-EtlApi {service.Url} -Method POST {type} -Pagination None -Body @{{ user = 'bob'; token2 = @([Net.NetworkCredential]::new('', 'hunter2-long').SecurePassword) }}");
        Assert.Contains("hunter2-long", Assert.Single(service.Requests).Body, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", $"{outcome.EndingError} {outcome.EndingError.ErrorDetails}", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("utf8")]
    [InlineData("nonsense")]
    public void Charset_OfAFile_IsNotLookedAt(string charset)
    {
        using var service = new TestService(context =>
        {
            context.Response.ContentType = $"text/csv; charset={charset}";
            return context.Response.WriteAsync("id,name\n1,a\n", context.RequestAborted);
        });
        Assert.Equal("a", Text($"(Import-EtlCsv -Uri {service.Url}/f.csv).name"));
    }

    [Fact]
    public void Charset_ThatIsUtf8ByAnotherName_IsRead()
    {
        using var service = new TestService(async context =>
        {
            context.Response.ContentType = "application/json; charset=utf8";
            await context.Response.WriteAsync("""[{"id":"é"}]""", context.RequestAborted);
        });
        Assert.Equal("é", Text($"(Invoke-EtlApi {service.Url} -Pagination None).id"));
    }

    [Fact]
    public void Query_WithAList_RepeatsItsName()
    {
        using var service = new TestService(context => context.Json("""{"items":[]}"""));
        _session.Run($"Invoke-EtlApi {service.Url}/a -Body @{{ town = 'Lodz', 'Brno' }} -Pagination None; [pscustomobject]@{{ id = 7 }} | Invoke-EtlApi {service.Url}/b -Body @{{ id = '{{id}}' }} -ResultColumn r");
        Assert.Equal(["/a?town=Lodz&town=Brno", "/b?id=7"], service.Requests.Select(request => request.Target));
    }

    [Fact]
    public void Errors_InAGoodAnswer_EndTheRunAfterItsItems()
    {
        using var service = new TestService(context => context.Json("""{"data":{"p":[{"id":1}]},"errors":[{"message":"depot 2 is away"}]}"""));
        Outcome outcome = _session.Try($"Invoke-EtlApi {service.Url} -ItemPath data.p -Pagination None | {Load}");
        Assert.StartsWith("AnswerHasErrors,", outcome.EndingError.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("depot 2 is away", outcome.EndingError.ErrorDetails.Message, StringComparison.Ordinal);
        Assert.Equal(1, Count());
        Outcome own = _session.Try($"Invoke-EtlApi {service.Url} -ItemPath data.p -Pagination None -ErrorPath 'status=error'");
        Assert.Null(own.Terminating);
    }

    [Fact]
    public void Empty_Answer_IsAnEmptyPage()
    {
        using var service = new TestService(context => context.Status(context.Request.Path == "/204" ? 204 : 200));
        Assert.Empty(_session.Run($"Invoke-EtlApi {service.Url}/204; Invoke-EtlApi {service.Url}/200"));
        Assert.Equal(2, service.Count);
    }

    [Theory]
    [InlineData("/cut", "was complete")]
    [InlineData("/zip", "Content-Encoding")]
    [InlineData("/odd", "'odd'")]
    public void Answer_ThatCanNeverBeRead_IsToldAtOnce(string path, string says)
    {
        using var service = new TestService(async context =>
        {
            byte[] body = Encoding.UTF8.GetBytes("""{"items":[{"id":1},{"id":2}""");
            if (context.Request.Path != "/cut")
                context.Response.Headers.ContentEncoding = context.Request.Path == "/zip" ? "gzip" : "odd";
            context.Response.ContentType = "application/json";
            context.Response.ContentLength = body.Length;
            await context.Response.Body.WriteAsync(body);
        });
        Outcome outcome = _session.Try($"Invoke-EtlApi {service.Url}{path} -Pagination None -OutageBudgetSec 5");
        Assert.StartsWith("NotJson,", outcome.EndingError.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains(says, outcome.EndingError.ToString(), StringComparison.Ordinal);
        Assert.Equal(1, service.Count);
    }

    [Theory]
    [InlineData("\uFEFF{\"a\":1}", null)]
    [InlineData("{\"a\":1,\"A\":2}", "DuplicateName")]
    [InlineData("{\"a\":\"\\ud800\"}", "InvalidBytes")]
    public void Enrich_Answers_AreReadAsPagesAre(string answer, string? code)
    {
        using var service = new TestService(context => context.Json(answer));
        Outcome outcome = _session.Try($"[pscustomobject]@{{ id = 1 }} | Invoke-EtlApi '{service.Url}/{{id}}'");
        Assert.Equal(code, outcome.Errors.Count == 0 ? null : outcome.Errors[0].FullyQualifiedErrorId.Split(',')[0]);
    }

    [Theory]
    [InlineData("Rename", "1 2")]
    [InlineData("UseLast", "2")]
    public void DuplicateName_OfItemsAndAnswers_IsReadAsAsked(string action, string expected)
    {
        using var service = new TestService(context => context.Json(context.Request.Path == "/page" ? """[{"a":1,"A":2}]""" : """{"a":1,"A":2}"""));
        const string values = "ForEach-Object { \"$($_.PSObject.Properties.Value)\" }";
        Assert.Equal(expected, Text($"Invoke-EtlApi {service.Url}/page -Pagination None -ItemPath '$' -DuplicateName {action} | {values}"));
        Assert.Equal($"7 {expected}", Text($"[pscustomobject]@{{ id = 7 }} | Invoke-EtlApi '{service.Url}/{{id}}' -DuplicateName {action} | {values}"));
    }

    [Fact]
    public void NextPath_ThatFindsNothing_IsTold()
    {
        using var service = new TestService(context => context.Json("""{"items":[{"id":1}],"nextCursor":"2"}"""));
        Assert.Contains("nextCursor", _session.Try($"Invoke-EtlApi {service.Url}").EndingError.ToString(), StringComparison.Ordinal);
        Assert.Empty(_session.Try($"Invoke-EtlApi {service.Url} -Pagination None").Warnings);
        Outcome given = _session.Try($"Invoke-EtlApi {service.Url} -NextPath next");
        Assert.StartsWith("NextPageUnknown,", given.EndingError.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal("1", Text($"(Invoke-EtlApi {service.Url} -NextPath NEXTCURSOR -MaxPages 1 -WarningAction Ignore).id"));
    }

    [Fact]
    public void PageParameter_ThatTheServiceDoesNotKnow_IsNoEnd()
    {
        using var service = new TestService(context => context.Json("""{"items":[{"id":1},{"id":2}]}"""));
        Outcome outcome = _session.Try($"Invoke-EtlApi {service.Url} -Pagination Page | {Load}");
        Assert.StartsWith("PageLoop,", outcome.EndingError.FullyQualifiedErrorId, StringComparison.Ordinal);
        // What was read is committed all the same.
        Assert.Equal(2, Count());
        Assert.Equal("1 2", Text($"(Invoke-EtlApi {service.Url} -Pagination Page -EndWhen RepeatedPage).id -join ' '"));
    }

    [Fact]
    public void Verbose_TellsEachRequestWithoutValues()
    {
        using var service = new TestService(context => context.Json("""{"items":[{"id":1}]}"""));
        string text = Text($"Invoke-EtlApi '{service.Url}/a?key=s3cr3t' -Pagination None -Verbose 4>&1 | Where-Object {{ $_ -is [Management.Automation.VerboseRecord] }}");
        Assert.Matches($@"GET {service.Url}/a\?key=… answered 200 with 20 bytes in \d+ ms\.", text);
        Assert.DoesNotContain("s3cr3t", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-RateLimit 6 -Partition (Get-EtlPartition -Index 1 -Count 4)", "; 1.5 calls a second at most, of 6 for 4 shares; ")]
    [InlineData("-RateLimit 120/min", "; 2 calls a second at most; ")]
    public void Verbose_TellsTheLimitOfThisShare(string limit, string says)
    {
        using var service = new TestService(context => context.Json("""{"items":[{"id":1}]}"""));
        string text = Text($"Invoke-EtlApi {service.Url} -Pagination None {limit} -Verbose 4>&1 | Where-Object {{ $_ -is [Management.Automation.VerboseRecord] }}");
        Assert.Contains(says, text, StringComparison.Ordinal);
    }

    [Fact]
    public void Timeouts_LongerThanATimerRuns_AreNoLimit()
    {
        using var service = new TestService(context => context.Json("""{"items":[{"id":1}]}"""));
        Assert.Equal("1", Text($"(Invoke-EtlApi {service.Url} -Pagination None -ConnectionTimeoutSeconds 2147483647 -OperationTimeoutSeconds 2147483647).id"));
        Outcome outcome = _session.Try($"Invoke-EtlApi {service.Url} -RateLimit 1e-300");
        Assert.StartsWith("InvalidParameter,", outcome.EndingError.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("-RateLimit", outcome.EndingError.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-Method POST -ContentType application/json -Body @{ auth = @{ user = 'u'; password = 'SECRET77 x' } }")]
    [InlineData("-Method POST -ContentType application/json -Body @{ logins = @(@{ secret = 'SECRET77 x' }) }")]
    [InlineData("-Method POST -Body ([pscustomobject]@{ auth = @{ pwd = 'SECRET77 x' } })")]
    [InlineData("-Method POST -Body '{ \"auth\": { \"password\": \"SECRET77 x\" } }'")]
    [InlineData("-Headers @{ 'X-Session-Id' = 'SECRET77 x' }")]
    [InlineData("-AllowUnencryptedAuthentication -Headers @{ Authorization = 'Token token=\"SECRET77 x\", email=\"a\"' }")]
    public void Secret_OfTheCall_IsMaskedWhereTheServiceRepeatsIt(string arguments)
    {
        using var service = new TestService(context => context.Json("""{"error":"what is SECRET77 x?"}""", 400));
        Outcome outcome = _session.Try($"Invoke-EtlApi {service.Url} {arguments}");
        Assert.EndsWith("Detail: {\"error\":\"what is ***?\"}", outcome.EndingError.ErrorDetails.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TokenEndpoint_Away_IsBlamedAndNotTheService()
    {
        using var service = new TestService(context => context.Json("""{"items":[]}"""));
        Outcome outcome = _session.Try($"Invoke-EtlApi {service.Url} -TokenUri http://localhost:1/token -ClientId a -ClientSecret ([Net.NetworkCredential]::new('', 'secret77').SecurePassword) -AllowUnencryptedAuthentication -OutageBudgetSec 1 -RetryBaseDelayMs 1");
        Assert.Contains("localhost:1/token failed: no connection to localhost:1", outcome.EndingError.ToString(), StringComparison.Ordinal);
        Assert.Equal("Closed", Text($"(Get-EtlBreaker 'localhost:{service.Port}').State"));
    }

    [Fact]
    public void Token_InTheBodyWithAudience_AndRefreshed()
    {
        int tokens = 0;
        using var service = new TestService(context => context.Request.Path == "/token"
            ? context.Json($$"""{"access_token":"t{{++tokens}}","refresh_token":"r{{tokens}}"}""")
            : context.Request.Headers.Authorization == "Bearer t2" ? context.Json("""{"items":[{"id":1}]}""") : context.Status(401));
        _session.Run($"$s = [Net.NetworkCredential]::new('', 'secret77').SecurePassword; Invoke-EtlApi {service.Url} -Pagination None -TokenUri {service.Url}/token -ClientId me -ClientSecret $s -ClientAuthentication Body -TokenParameter @{{ audience = 'shop' }} -RefreshToken $s -AllowUnencryptedAuthentication");
        Assert.Equal("grant_type=refresh_token&refresh_token=secret77&client_id=me&client_secret=secret77&audience=shop", service.Requests[0].Body);
        Assert.Contains("refresh_token=r1", service.Requests[2].Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-ClientId me -TokenParameter @{ client_assertion = 'signed-99' }", "grant_type=client_credentials&client_id=me&client_assertion=signed-99")]
    [InlineData("-TokenParameter @{ assertion = 'signed-99' }", "grant_type=client_credentials&assertion=signed-99")]
    [InlineData("-TokenParameter @{ assertion = [Net.NetworkCredential]::new('', 'signed-99').SecurePassword }", "grant_type=client_credentials&assertion=signed-99")]
    [InlineData("-ClientId me -ClientSecret ([Net.NetworkCredential]::new('', 'x').SecurePassword) -TokenParameter @{ code = 'signed-99' }", "grant_type=client_credentials&code=signed-99")]
    public void Token_WithAnAssertion_NeedsNoSecretAndIsMasked(string arguments, string sent)
    {
        using var service = new TestService(context => context.Json("""{"error":"what is signed-99?"}""", 400));
        Outcome outcome = _session.Try($"Invoke-EtlApi {service.Url} -TokenUri {service.Url}/token -AllowUnencryptedAuthentication {arguments}");
        Assert.Equal(sent, Assert.Single(service.Requests).Body);
        Assert.EndsWith("Detail: {\"error\":\"what is ***?\"}", outcome.EndingError.ErrorDetails.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Uri_WithBracesAndNoRecords_IsWarnedOf()
    {
        using var service = new TestService(context => context.Json("[]"));
        Assert.Contains("'{id}'", Assert.Single(_session.Try($"Invoke-EtlApi '{service.Url}/x/{{id}}' -Pagination None").Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void TrustedHost_GetsHeaders_AnotherDoesNot()
    {
        using var other = new TestService(context => context.Json("""{"items":[{"id":1}]}"""));
        using var service = new TestService(context => context.Redirect($"http://127.0.0.1:{other.Port}/x"));
        _session.Run($"Invoke-EtlApi {service.Url} -Pagination None -Headers @{{ 'X-Key' = 'abc' }} -AllowCrossHost; Invoke-EtlApi {service.Url} -Pagination None -Headers @{{ 'X-Key' = 'abc' }} -TrustedHost http://127.0.0.1:{other.Port}");
        Assert.Equal([false, true], other.Requests.Select(request => request.Headers.ContainsKey("X-Key")));
    }

    [Fact]
    public void Expand_OfAJsonList_MakesARecordOfEachItem()
    {
        using var service = new TestService(context => context.Json("""{"items":[{"id":1,"l":[{"a":1},2,null,"x"]},{"id":2,"l":[]}]}"""));
        Assert.Equal("1:1 1:2 1: 1:x 2:", Text($"Invoke-EtlApi {service.Url} -Pagination None | Invoke-EtlTransform -Expand l | ForEach-Object {{ \"$($_.id):$($_.l.a ?? $_.l)\" }}"));
    }

    private int Count() => int.Parse(Table.Rows(_session.PathOf("t.db"), "SELECT count(*) FROM t").Single(), CultureInfo.InvariantCulture);

    private string Text(string script) => string.Join(' ', _session.Run(script).Select(value => value.ToString()));
}
