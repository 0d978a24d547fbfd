using System.Management.Automation;
using EtlTools.Engine.Tests.Extract.Api;
using Microsoft.AspNetCore.Http;
using Microsoft.Data.Sqlite;
using Xunit;

namespace EtlTools.Cmdlets.Tests;

/// <summary>Invoke-EtlApi, Import-EtlJson and the breakers as users have them.</summary>
public sealed class ApiTests : IDisposable
{
    private readonly ModuleSession _session = new();

    public void Dispose() => _session.Dispose();

    [Fact]
    public void Extract_NestedValues_AreObjectsEverywhere()
    {
        using var service = new TestService(context => context.Json(
            """{"items":[{"id":1,"a":{"city":"Rome","tags":["x",1,2.50,null,{"y":true}]}},{"id":2,"a":{"city":"Porto","tags":[]}}]}"""));
        Assert.Equal("Rome/2.50/True", Text($"$r = Invoke-EtlApi {service.Url} | Select-Object -First 1; \"$($r.a.city)/$($r.a.tags[2])/$($r.a.tags[4].y)\""));
        Assert.Equal("ROME", Text($"(Invoke-EtlApi {service.Url} | Invoke-EtlTransform {{ $_.a.city = $_.a.city.ToUpper(); $_ }} | Select-Object -First 1).a.city"));
        Assert.Equal("Porto", Text($"Invoke-EtlApi {service.Url} -Flatten | Where-Object id -EQ 2 | ForEach-Object 'a.city'"));
    }

    [Fact]
    public void Extract_NestedValues_ReachTheTableAndTheDeadLetterAsJson()
    {
        using var service = new TestService(context => context.Json("""{"items":[{"id":1,"a":{"city":"Rome"}},{"id":2,"a":{"city":"Porto"}},{"id":3,"a":[1,{"b":2}]}]}"""));
        PSObject result = Assert.Single(_session.Run($$"""
            Invoke-EtlApi {{service.Url}} |
                Invoke-EtlTransform { if ($_.id -eq 2) { throw 'no' }; if ($_.id -eq 1) { $_.a.city = 'Roma' }; $_ } |
                Export-EtlSqlUpsert -Provider Sqlite -ConnectionString 'Data Source=t.db' -Table t -Key id -CreateTable -DeadLetterPath d.jsonl
            """));
        Assert.Equal((2L, 1L), (result.Properties["Loaded"].Value, result.Properties["DeadLettered"].Value));
        using var connection = new SqliteConnection($"Data Source={_session.PathOf("t.db")};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "SELECT group_concat(a, '|') FROM (SELECT a FROM t ORDER BY id)";
        Assert.Equal("""{"city":"Roma"}|[1,{"b":2}]""", command.ExecuteScalar());
        Assert.Contains("""
            "data":{"id":2,"a":{"city":"Porto"}}
            """.Trim(), File.ReadAllText(_session.PathOf("d.jsonl")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("psobject")]
    [InlineData("PSTypeNames")]
    [InlineData("psbase")]
    public void Extract_NestedNameThatIsNoProperty_IsAHashtableAndStays(string name)
    {
        using var service = new TestService(context => context.Json($$$"""{"items":[{"id":1,"r":{"{{{name}}}":5,"y":1}}]}"""));
        Assert.Equal("5/1", Text($"$r = (Invoke-EtlApi {service.Url}).r; \"$($r['{name}'])/$($r.y)\""));
        _session.Run($"Invoke-EtlApi {service.Url} | Invoke-EtlTransform {{ $_.r.y++; $_ }} | Export-EtlSqlUpsert -SqlitePath n.db -Table t -Key id -CreateTable");
        Assert.Equal([$$"""{"{{name}}":5,"y":2}"""], Table.Rows(_session.PathOf("n.db"), "SELECT r FROM t"));
    }

    [Fact]
    public void DeadLetter_OfATouchedNestedValue_IsJson()
    {
        Outcome outcome = _session.Try("[pscustomobject]@{ id = 1; a = [pscustomobject]@{ b = @(1, 'x') }; h = @{ k = 2 } } | Invoke-EtlTransform { throw 'no' } -DeadLetterPath d.jsonl");
        Assert.Empty(outcome.Errors);
        Assert.Contains("""
            "data":{"id":1,"a":{"b":[1,"x"]},"h":{"k":2}}
            """.Trim(), File.ReadAllText(_session.PathOf("d.jsonl")), StringComparison.Ordinal);
    }

    [Fact]
    public void Extract_SelectFirst_StopsThePages()
    {
        int pages = 0;
        using var service = new TestService(context => context.Json($$"""{"items":[{{Answers.Items(++pages * 100, (pages * 100) + 99)}}],"next_page":"{{pages}}"}"""));
        Assert.Equal(3, _session.Run($"Invoke-EtlApi {service.Url} -BufferSize 100 | Select-Object -First 3").Count);
        int asked = service.Count;
        Assert.InRange(asked, 1, 10);
    }

    [Fact]
    public void Enrich_Records_AndARefusedOne()
    {
        using var service = new TestService(context => context.Request.Path.Value!.EndsWith('2') ? context.Status(404) : context.Json($$"""{"mail":"{{context.Request.Path.Value[1..]}}@x"}"""));
        Outcome outcome = _session.Try($"1..3 | ForEach-Object {{ [pscustomobject]@{{ id = $_ }} }} | Invoke-EtlApi '{service.Url}/{{id}}' | ForEach-Object mail");
        Assert.Equal(["1@x", "3@x"], outcome.Output.Select(mail => mail.ToString()));
        Assert.StartsWith("CallRefused,", Assert.Single(outcome.Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Invoke-EtlApi {0}/e -Pagination None", "422")]
    [InlineData("@{ id = 1 } | Invoke-EtlApi '{0}/{id}'", "record 1: ")]
    [InlineData("@{ id = 1 } | Invoke-EtlApi '{0}/{id}' -ErrorAction Stop", "record 1: ")]
    [InlineData("@{ id = 1 } | Invoke-EtlTransform { throw 'bob@example.com is not valid' }", "record 1: ")]
    [InlineData("Invoke-EtlApi {0}/e -TokenScript { throw 'bob@example.com is not valid' } -AllowUnencryptedAuthentication", "-TokenScript failed")]
    public void Error_OwnWordsOfAServiceOrABlock_AreItsDetailsAndNotItsMessage(string call, string says)
    {
        using var service = new TestService(context => context.Json("""{"error":"bob@example.com is not valid"}""", 422));
        Outcome outcome = _session.Try(call.Replace("{0}", service.Url, StringComparison.Ordinal));
        ErrorRecord error = outcome.Terminating is null ? Assert.Single(outcome.Errors) : outcome.EndingError;
        Assert.Contains(says, error.Exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("bob", error.Exception.Message, StringComparison.Ordinal);
        Assert.StartsWith($"{error.Exception.Message} Detail: ", error.ErrorDetails.Message, StringComparison.Ordinal);
        Assert.Contains("bob@example.com is not valid", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Breaker_OfADeadService_IsSharedByPipelinesAndCanBeClosed()
    {
        using var service = new TestService(context => context.Status(503));
        Outcome outcome = _session.Try($"Invoke-EtlApi {service.Url} -OutageBudgetSec 1 -RetryBaseDelayMs 1");
        Assert.StartsWith("OutageBudgetSpent,", outcome.EndingError.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains(outcome.Warnings, warning => warning.Contains("the breaker is open after 5 failures", StringComparison.Ordinal));
        // Five that open it, and a last one when the budget ends.
        Assert.Equal(5 + 1, service.Count);

        Outcome second = _session.Try($"[pscustomobject]@{{ id = 1 }} | Invoke-EtlApi '{service.Url}/{{id}}' -OutageBudgetSec 1");
        Assert.Contains(second.Warnings, warning => warning.Contains("The run waits until", StringComparison.Ordinal));
        Assert.Equal(5 + 2, service.Count);
        Assert.Equal("Open 7 HTTP 503", Text("Get-EtlBreaker localhost* | ForEach-Object { \"$($_.State) $($_.ConsecutiveFailures) $($_.LastErrorCode)\" }"));
        Assert.Equal("Open", Text("Get-EtlBreaker | Reset-EtlBreaker -WhatIf; (Get-EtlBreaker).State"));
        Assert.Equal("Closed", Text("(Get-EtlBreaker | Reset-EtlBreaker -PassThru).State"));
        Assert.Equal("Closed", Text("(Reset-EtlBreaker -PassThru).State"));
        Assert.StartsWith("BreakerNotFound,", Assert.Single(_session.Try("Get-EtlBreaker nothing").Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void Breaker_OfAnotherSession_IsAnotherOne()
    {
        using var service = new TestService(context => context.Status(503));
        _session.Try($"Invoke-EtlApi {service.Url} -OutageBudgetSec 0 -BreakerThreshold 1");
        using var other = new ModuleSession();
        Assert.Empty(other.Run("Get-EtlBreaker"));
        Assert.Equal("Open", Text("(Get-EtlBreaker).State"));
        Assert.Equal("Open", Text("[pscustomobject]@{ id = 1 } | Invoke-EtlTransform { $_.id = \"$((Get-Command Get-EtlBreaker -ErrorAction Ignore).Name)\"; $_ } | Out-Null; (Get-EtlBreaker).State"));
    }

    [Fact]
    public void HttpClient_OfTheCaller_IsUsed()
    {
        using var service = new TestService(context => context.Json("""{"items":[{"id":1}]}"""));
        _session.Run($"$c = [System.Net.Http.HttpClient]::new(); $c.DefaultRequestHeaders.Add('X-Mine', 'yes'); Invoke-EtlApi {service.Url} -HttpClient $c -Headers @{{ 'X-Also' = 'this' }}");
        Assert.Equal(("yes", "this"), (service.Requests[0].Headers["X-Mine"], service.Requests[0].Headers["X-Also"]));
    }

    [Fact]
    public void WebSession_CookiesHeadersAndAgent_AreSent()
    {
        using var service = new TestService(context => context.Json("""{"items":[{"id":1}]}"""));
        // What Invoke-RestMethod -SessionVariable makes, which the hosted engine lacks.
        _session.Run($$"""
            class WebSession {
                [Net.CookieContainer] $Cookies = [Net.CookieContainer]::new()
                [Collections.Generic.Dictionary[string, string]] $Headers = [Collections.Generic.Dictionary[string, string]]::new()
                [string] $UserAgent = 'mine/1.0'
            }
            $s = [WebSession]::new()
            $s.Cookies.Add([uri] '{{service.Url}}', [Net.Cookie]::new('sid', 'abc'))
            $s.Headers['X-Mine'] = 'yes'
            Invoke-EtlApi {{service.Url}} -WebSession $s
            """);
        Assert.Equal(
            ("sid=abc", "yes", "mine/1.0"),
            (service.Requests[0].Headers["Cookie"], service.Requests[0].Headers["X-Mine"], service.Requests[0].Headers["User-Agent"]));
    }

    [Theory]
    [InlineData("Invoke-EtlApi nonsense", "InvalidParameter", "-Uri")]
    [InlineData("Invoke-EtlApi http://localhost:1 -OutageBudgetSec 0 -RetryBaseDelayMs 1", "OutageBudgetSpent", "ConnectionRefused")]
    [InlineData("Invoke-EtlApi https://h.example -Authentication Bearer", "InvalidParameter", "-Token")]
    [InlineData("Invoke-EtlApi https://h.example -Authentication Bearer -Token ([securestring]::new())", "InvalidParameter", "-Token is empty")]
    [InlineData("Invoke-EtlApi https://h.example -TokenUri https://h.example/t -ClientId a -ClientSecret ([securestring]::new())", "InvalidParameter", "-ClientSecret is empty")]
    [InlineData("Invoke-EtlApi https://h.example -TokenUri https://h.example/t -Credential ([pscredential]::new('a', [securestring]::new()))", "InvalidParameter", "The password of -Credential is empty")]
    [InlineData("Invoke-EtlApi https://h.example -Authentication Basic -Credential ([pscredential]::new('do:main', [securestring]::new()))", "InvalidParameter", "has a colon")]
    [InlineData("Invoke-EtlApi https://h.example -ItemPath 'a..b'", "InvalidParameter", "-ItemPath")]
    [InlineData("Invoke-EtlApi https://h.example -WebSession 7", "InvalidParameter", "-WebSession")]
    [InlineData("Invoke-EtlApi https://h.example -Method 'no such'", "InvalidParameter", "-Method")]
    [InlineData("[pscustomobject]@{ id = 1 } | Invoke-EtlApi 'https://h.example/{idd}'", "UnknownColumn", "id")]
    [InlineData("[pscustomobject]@{ id = 1 } | Invoke-EtlApi 'https://{id}/x'", "InvalidParameter", "host")]
    [InlineData("Import-EtlJson nothing.json", "FileNotFound", "nothing.json")]
    [InlineData("Import-EtlJson a.json -ItemPath rows", "ItemsNotFound", "data")]
    [InlineData("Import-EtlJson broken.json", "NotJson", "byte 9")]
    public void Command_WrongCall_IsRefused(string script, string id, string says)
    {
        _session.Write("a.json", """{"data":[]}""");
        _session.Write("broken.json", """[{"a":1} nonsense                  ]""");
        Outcome outcome = _session.Try(script);
        Assert.StartsWith(id + ",", outcome.EndingError.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains(says, outcome.EndingError.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void ImportJson_LinesAndDocuments_AreReadAsTheirNamesSay()
    {
        _session.Write("a.jsonl", "{\"id\":1}\nnonsense\n{\"id\":2}\n");
        Outcome outcome = _session.Try("Import-EtlJson a.jsonl | ForEach-Object { \"$($_.id) $($_.EtlPosition)\" }");
        Assert.Equal(["1 a.jsonl:1", "2 a.jsonl:3"], outcome.Output.Select(line => line.ToString()));
        Assert.StartsWith("InvalidJson,", Assert.Single(outcome.Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
        _session.Write("b.json", """{"rows":[{"id":7}]}""");
        Assert.Equal("7", Text("(Import-EtlJson b.json -ItemPath rows).id"));
    }

    private string Text(string script) => string.Join(' ', _session.Run(script).Select(value => value.ToString()));

    [Theory]
    [InlineData("Invoke-EtlApi '{0}/e?api_key=SECRETKEY123' -Pagination None")]
    [InlineData("@{ id = 1 } | Invoke-EtlApi '{0}/e?id={id}&api_key=SECRETKEY123'")]
    [InlineData("Invoke-EtlApi '{0}/e' -Body @{ api_key = 'SECRETKEY123' } -Pagination None")]
    [InlineData("Invoke-EtlApi '{0}/e' -Method POST -Body @{ client_secret = 'SECRETKEY123' } -Pagination None")]
    [InlineData("Invoke-EtlApi '{0}/e' -Method POST -Body '{\"client_secret\":\"SECRETKEY123\"}' -Pagination None")]
    [InlineData("Invoke-EtlApi ('{0}/e'.Replace('//', '//bob:SECRETKEY123@')) -Pagination None")]
    [InlineData("Invoke-EtlApi '{0}/e' -Headers @{ Cookie = 'a=true; sid=SECRETKEY123' } -Pagination None")]
    [InlineData("Invoke-EtlApi '{0}/e' -Headers @{ Authorization = 'Basic ' + [Convert]::ToBase64String([byte[]][char[]]'bob:SECRETKEY123') } -Pagination None -AllowUnencryptedAuthentication")]
    [InlineData("Import-EtlCsv -Uri '{0}/e?api_key=SECRETKEY123'")]
    public void Secret_ThatTheServiceRepeats_IsInNoMessage(string call)
    {
        using var service = new TestService(context => context.Json("""{"message":"key=SECRETKEY123 wrong, and SECRETKEY123 again"}""", 400));
        Outcome outcome = _session.Try(call.Replace("{0}", service.Url, StringComparison.Ordinal));
        ErrorRecord error = outcome.EndingError;
        Assert.Contains("400", error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("SECRETKEY123", $"{error} {error.ErrorDetails} {error.Exception}", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<a>{n}</a>", "text/xml", "<a>a&amp;b&lt;c &quot;</a>")]
    [InlineData("n={n}&k=1", "application/x-www-form-urlencoded", "n=a%26b%3Cc%20%22&k=1")]
    [InlineData("""{"n":"x{n}","m":{n},"z":{z},"l":{l},"t":{t},"b":{b}}""", "application/json", """{"n":"xa&b<c \"","m":"a&b<c \"","z":null,"l":[1,2],"t":5.5,"b":true}""")]
    [InlineData("{n}", "text/plain", "a&b<c \"")]
    public void Body_OfARecord_IsEscapedAsItsTypeNeedsIt(string body, string type, string expected)
    {
        using var service = new TestService(context => context.Json("{}"));
        _session.Run($"@{{ n = 'a&b<c \"'; z = $null; l = 1, 2; t = '5.5'; b = $true }} | Invoke-EtlApi '{service.Url}/e' -Method POST -Body '{body}' -ContentType {type}");
        Assert.Equal(expected, service.Requests.Single().Body);
    }

    [Fact]
    public void Uri_OfAListInARecord_FailsIt_AndHeadersTakeListsAndSecureStrings()
    {
        using var service = new TestService(context => context.Json("{}"));
        Assert.Contains("The column 'l' is a list or an object", _session.Try($"[pscustomobject]@{{ l = 1, 2 }} | Invoke-EtlApi '{service.Url}/e?l={{l}}'").Errors.Single().ToString(), StringComparison.Ordinal);
        _session.Run($"$secret = [securestring]::new(); 'SEKRIT99'.ToCharArray() | ForEach-Object {{ $secret.AppendChar($_) }}; @{{ id = 1 }} | Invoke-EtlApi '{service.Url}/e' -Headers @{{ 'X-L' = 'a', 'b'; 'X-Api-Key' = $secret }}");
        Assert.Equal(("a, b", "SEKRIT99"), (service.Requests.Single().Headers["X-L"], service.Requests.Single().Headers["X-Api-Key"]));
    }

    [Fact]
    public void Resume_PageThatIsReadAgain_ItemsHaveTheirNumbers_AndLettersAreNotDoubled()
    {
        using var service = new TestService(context =>
        {
            int page = int.Parse(context.Query("cursor") ?? "1", System.Globalization.CultureInfo.InvariantCulture);
            return context.Json($$"""{"items":[{{Answers.Items(page * 10, (page * 10) + 9)}}],"next_page":{{(page == 3 ? "null" : $"\"{page + 1}\"")}}}""");
        });
        string load = $"Invoke-EtlApi '{service.Url}/a' -Pagination Cursor -NextPath next_page -PageParameter cursor -ResumeFrom (Get-EtlWatermark w -SqlitePath w.db -ErrorAction Ignore) | Invoke-EtlTransform -Range @{{ id = 0, 37 }} | "
            + "Export-EtlSqlUpsert -SqlitePath w.db -Table t -Key id -CreateTable -WatermarkName w -DeadLetterPath d.jsonl | ForEach-Object Received";
        Assert.Equal(["30", "10", "10"], Enumerable.Range(0, 3).Select(_ => _session.Run(load).Single().ToString()));
        Assert.Equal(["38 29", "39 30"], _session.Run("Import-EtlDeadLetter d.jsonl | ForEach-Object { \"$($_.id) $($_.EtlPosition.Row)\" }").Select(letter => letter.ToString()));
        Assert.Equal("30", Text("(Get-EtlWatermark w -SqlitePath w.db).Row"));
    }

    [Fact]
    public void Page_ThatIsItselfTheItem_ItsErrorsAndItsNextPageAreSeen()
    {
        using var service = new TestService(context => context.Json(context.Query("cursor") is null ? """{"id":1,"ok":true,"next":"b"}""" : context.Query("cursor") == "b" ? """{"id":2,"ok":true,"next":null}""" : """{"ok":false,"error":"invalid_auth"}"""));
        Assert.Equal("1 2", Text($"Invoke-EtlApi '{service.Url}/a' -ItemPath '$' -ItemShape Object -Pagination Cursor -NextPath next -PageParameter cursor | ForEach-Object id"));
        Assert.StartsWith("AnswerHasErrors,", _session.Try($"Invoke-EtlApi '{service.Url}/a?cursor=x' -ItemPath '$' -ItemShape Object -Pagination None -ErrorPath 'ok!=true'").EndingError.FullyQualifiedErrorId, StringComparison.Ordinal);
    }
}
