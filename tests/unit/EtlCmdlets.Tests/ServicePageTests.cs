using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using EtlTools.Engine.Tests.Extract.Api;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace EtlTools.Cmdlets.Tests;

/// <summary>The lines of docs/api-services.md, each against a service of that shape, with five items in pages of two.</summary>
public sealed partial class ServicePageTests : IDisposable
{
    private const int Size = 2;
    private const int Total = 5;

    private readonly ModuleSession _session = new();
    private int _turns;

    public static TheoryData<string> Lines => [.. CodeBlock().Matches(File.ReadAllText(PagePath())).Select(match => match.Groups[1].Value)];

    public void Dispose() => _session.Dispose();

    [Fact]
    public void Page_NamesEveryService()
    {
        string page = File.ReadAllText(PagePath());
        foreach (string name in new[] { "Microsoft Graph", "GitHub", "Stripe", "HubSpot", "Notion", "Jira", "Salesforce", "ServiceNow", "GraphQL", "OData", "Link headers" })
            Assert.Contains(name, page, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Lines))]
    public void Line_OfAService_ReadsAllItsPages(string line) => Check(line);

    [Theory]
    [InlineData("Invoke-EtlApi \"$api/header\" -NextHeader x-ms-continuationtoken -PageParameter continuationToken")]
    [InlineData("Invoke-EtlApi \"$api/fhir\" -Pagination NextUrl -NextPath 'link[relation=next].url' -ItemPath entry")]
    [InlineData("Invoke-EtlApi \"$api/elastic\" -Method POST -ParametersInBody -ItemPath hits.hits -NextPath 'hits.hits[-1].sort' -PageParameter search_after")]
    [InlineData("Invoke-EtlApi \"$api/star\" -FirstPage '*'")]
    [InlineData("Invoke-EtlApi \"$api/django\" -Pagination Page -StatusAction @{ 404 = 'End' }")]
    [InlineData("Invoke-EtlApi \"$api/map\" -ItemShape Map -Pagination None | Where-Object { $_.key -eq \"k$($_.id)\" }")]
    [InlineData("Invoke-EtlApi \"$api/groups\" -ItemPath 'groups[*].items' -Pagination None")]
    [InlineData("Invoke-EtlApi \"$api/rows\" -ItemPath rows -RowColumn id, town -Pagination None")]
    [InlineData("Invoke-EtlApi \"$api/ids\" -ItemPath '$' -RowColumn id -Pagination None")]
    [InlineData("Invoke-EtlApi \"$api/google\" -AllowMissingItems -NextPath nextPageToken -PageParameter pageToken")]
    [InlineData("Invoke-EtlApi \"$api/kept?api_key=k7\" -Pagination NextUrl -NextPath next -KeepParameter api_key")]
    [InlineData("Invoke-EtlApi \"$api/again\" -Pagination Page")]
    [InlineData("Invoke-EtlApi \"$api/scroll\"")]
    [InlineData("Invoke-EtlApi \"$api/latin\" -Pagination None | Where-Object town -EQ 'Łódź'")]
    [InlineData("1..5 | ForEach-Object { [pscustomobject]@{ n = $_ } } | Invoke-EtlApi \"$api/one/{n}\" -ItemPath data.record")]
    [InlineData("1..6 | ForEach-Object { [pscustomobject]@{ n = $_ } } | Invoke-EtlApi \"$api/one/{n}\" -ItemPath data.record -StatusAction @{ 404 = 'Null' } | Where-Object id")]
    [InlineData("1..5 | ForEach-Object { [pscustomobject]@{ n = $_ } } | Invoke-EtlApi \"$api/post\" -ThrottleLimit 1 -Method POST -ContentType application/json -Body @{ deep = @{ list = @('{n}', 7, $true, $null) } }")]
    [InlineData("Invoke-EtlApi \"$api/scripted\" -TokenScript { @{ access_token = \"t$(($script:asked = 1 + $script:asked))\" } }")]
    public void Line_OfAShape_ReadsAllOfIt(string line) => Check(line);

    [Fact]
    public void Append_WithAWatermark_IsRefused()
    {
        using var service = new TestService(context => AnswerAsync(context, ""));
        Outcome outcome = _session.Try($"Invoke-EtlApi {service.Url}/again -Pagination Page | Export-EtlSqlUpsert -SqlitePath t.db -Table t -Mode Append -CreateTable -WatermarkName w -DeadLetterPath d.jsonl");
        Assert.StartsWith("WatermarkImpossible,", outcome.EndingError.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("-Mode Upsert", outcome.EndingError.Exception.Message, StringComparison.Ordinal);
    }

    private static string PagePath()
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "EtlTools.sln")))
            folder = Path.GetDirectoryName(folder)!;
        return Path.Combine(folder, "docs", "api-services.md");
    }

    [GeneratedRegex(@"^```powershell\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex CodeBlock();

    private void Check(string line)
    {
        TestService? asked = null;
        using var service = asked = new TestService(context => AnswerAsync(context, asked!.Requests[^1].Body));
        Outcome outcome = _session.Try($$"""
            $PSDefaultParameterValues['Invoke-EtlApi:AllowUnencryptedAuthentication'] = $true
            $api = '{{service.Url}}'
            $token = [Net.NetworkCredential]::new('', 'depot-7731').SecurePassword
            $items = & { {{line}} }
            $items.id -join ' '
            """);
        Assert.Empty(outcome.Errors);
        Assert.Empty(outcome.Warnings);
        Assert.Equal("1 2 3 4 5", Assert.Single(outcome.Output).ToString());
    }

    private static int Number(string? text, int otherwise = 0) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : otherwise;

    private static string Items(int after, string form = """{"id":#}""") =>
        string.Join(',', Enumerable.Range(after + 1, Math.Clamp(Total - after, 0, Size)).Select(id => form.Replace("#", id.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)));

    /// <summary>The number of the last item of the page behind some, as JSON; null where that is the last page.</summary>
    private static string Next(int after) => after + Size < Total ? $"\"{after + Size}\"" : "null";

    private static bool HasMore(int after) => after + Size < Total;

    private async Task AnswerAsync(HttpContext context, string sent)
    {
        string url = $"http://{context.Request.Host}{context.Request.Path}";
        JsonNode? body = sent.Length > 0 ? JsonNode.Parse(sent) : null;
        int Q(string name, int otherwise = 0) => Number(context.Query(name), otherwise);
        int skip;
        string path = context.Request.Path.Value!;
        switch (path)
        {
            case "/users":
                skip = Q("$skiptoken");
                await context.Json($$"""{"@odata.context":"x","value":[{{Items(skip)}}]{{(HasMore(skip) ? $",\"@odata.nextLink\":\"{url}?$skiptoken={skip + Size}\"" : "")}}}""");
                break;
            case "/odata/Products":
                Assert.Equal(Size, Q("$top"));
                await context.Json($$"""{"value":[{{Items(Q("$skip"))}}]}""");
                break;
            case "/repos/acme/depot/issues" or "/parcels":
                int page = Q("page", 1);
                if (HasMore((page - 1) * Size))
                    context.Response.Headers.Link = $"<{url}?page={page + 1}>; rel=\"next\", <{url}?page=3>; rel=\"last\"";
                await context.Json($"[{Items((page - 1) * Size)}]");
                break;
            case "/v1/charges":
                skip = Q("starting_after");
                await context.Json($$"""{"object":"list","data":[{{Items(skip)}}],"has_more":{{(HasMore(skip) ? "true" : "false")}}}""");
                break;
            case "/crm/v3/objects/contacts":
                skip = Q("after");
                await context.Json($$"""{"results":[{{Items(skip)}}]{{(HasMore(skip) ? $$""","paging":{"next":{"after":"{{skip + Size}}","link":"x"} }""" : "")}}}""");
                break;
            case "/crm/v3/objects/contacts/search":
                Assert.Equal("1764000000000", (string?)body!["filterGroups"]![0]!["filters"]![0]!["value"]);
                skip = Number((string?)body["after"]);
                await context.Json($$"""{"total":5,"results":[{{Items(skip)}}]{{(HasMore(skip) ? $$""","paging":{"next":{"after":"{{skip + Size}}"} }""" : "")}}}""");
                break;
            case "/v1/databases/d1/query":
                Assert.Equal(Size, (int)body!["page_size"]!);
                skip = Number((string?)body["start_cursor"]);
                await context.Json($$"""{"object":"list","results":[{{Items(skip)}}],"next_cursor":{{Next(skip)}},"has_more":{{(HasMore(skip) ? "true" : "false")}}}""");
                break;
            case "/rest/api/3/search/jql":
                skip = Q("nextPageToken");
                await context.Json($$"""{"issues":[{{Items(skip)}}]{{(HasMore(skip) ? $",\"nextPageToken\":\"{skip + Size}\"" : ",\"isLast\":true")}}}""");
                break;
            case "/rest/api/2/search":
                await context.Json($$"""{"startAt":{{Q("startAt")}},"maxResults":2,"total":5,"issues":[{{Items(Q("startAt"))}}]}""");
                break;
            case "/services/data/v62.0/query":
                await context.Json($$"""{"totalSize":5,"done":false,"nextRecordsUrl":"/services/data/v62.0/query/01g-2","records":[{{Items(0)}}]}""");
                break;
            case "/services/data/v62.0/query/01g-2":
                await context.Json($$"""{"totalSize":5,"done":false,"nextRecordsUrl":"/services/data/v62.0/query/01g-4","records":[{{Items(2)}}]}""");
                break;
            case "/services/data/v62.0/query/01g-4":
                await context.Json($$"""{"totalSize":5,"done":true,"records":[{{Items(4)}}]}""");
                break;
            case "/api/now/table/incident":
                await context.Json($$"""{"result":[{{Items(Q("sysparm_offset"))}}]}""");
                break;
            case "/graphql":
                skip = Number((string?)body!["variables"]!["after"]);
                await context.Json($$"""{"data":{"parcels":{"nodes":[{{Items(skip)}}],"pageInfo":{"hasNextPage":{{(HasMore(skip) ? "true" : "false")}},"endCursor":"{{skip + Size}}"} } } }""");
                break;
            case "/header":
                skip = Q("continuationToken");
                if (HasMore(skip))
                    context.Response.Headers["x-ms-continuationtoken"] = $"{skip + Size}";
                await context.Json($$"""{"items":[{{Items(skip)}}]}""");
                break;
            case "/fhir":
                skip = Q("p");
                await context.Json($$"""{"link":[{"relation":"self","url":"x"}{{(HasMore(skip) ? $$""",{"relation":"next","url":"{{url}}?p={{skip + Size}}"}""" : "")}}],"entry":[{{Items(skip)}}]}""");
                break;
            case "/elastic":
                skip = (int?)body!["search_after"]?[0] ?? 0;
                await context.Json($$"""{"hits":{"total":{"value":5},"hits":[{{Items(skip, """{"id":#,"sort":[#,"x"]}""")}}] } }""");
                break;
            case "/star":
                skip = context.Query("cursor") == "*" ? 0 : Q("cursor", 99);
                await context.Json($$"""{"items":[{{Items(skip)}}],"next_page":{{Next(skip)}}}""");
                break;
            case "/django":
                await (Q("page") > 3 ? context.Json("""{"detail":"Invalid page."}""", 404) : context.Json($$"""{"items":[{{Items((Q("page") - 1) * Size)}}]}"""));
                break;
            case "/again":
                await context.Json($$"""{"items":[{{Items((Math.Min(Q("page"), 3) - 1) * Size)}}]}""");
                break;
            case "/scroll":
                // The id stays the same, as that of a scroll in Elasticsearch.
                await context.Json($$"""{"items":[{{Items(_turns++ * Size)}}],"next_page":"s1"}""");
                break;
            case "/map":
                await context.Json("""{"meta":{"n":5},"items":{"k1":{"id":1},"k2":{"id":2}, "k3" : {"id":3},"k4":{"id":4},"k5":{"id":5}},"more":null}""");
                break;
            case "/groups":
                await context.Json("""{"groups":[{"name":"a","items":[{"id":1},{"id":2}]},{"items":[]},{"name":"b","items":[{"id":3},{"id":4},{"id":5}],"n":[1]}]}""");
                break;
            case "/rows":
                await context.Json("""{"columns":["id","town"],"rows":[[1,"a"],[2,"b"],[3,{"x":1}],[4,null],[5,[1]]]}""");
                break;
            case "/ids":
                await context.Json("[1,2,3,4,5]");
                break;
            case "/google":
                skip = Q("pageToken");
                await context.Json(skip == Size && context.Query("pageToken")![0] != '0'
                    ? $$"""{"kind":"k","nextPageToken":"0{{skip}}"}"""
                    : $$"""{"kind":"k","items":[{{Items(skip)}}],"nextPageToken":{{Next(skip)}}}""");
                break;
            case "/kept":
                Assert.Equal("k7", context.Query("api_key"));
                skip = Q("skip");
                await context.Json($$"""{"items":[{{Items(skip)}}],"next":{{(HasMore(skip) ? $"\"/kept?skip={skip + Size}\"" : "null")}}}""");
                break;
            case "/latin":
                context.Response.ContentType = "application/json; charset=iso-8859-2";
                await context.Response.Body.WriteAsync(System.Text.CodePagesEncodingProvider.Instance.GetEncoding("iso-8859-2")!.GetBytes(
                    $$"""{"items":[{{string.Join(',', Enumerable.Range(1, 5).Select(id => $$"""{"id":{{id}},"town":"Łódź"}"""))}}]}"""));
                break;
            case "/post":
                JsonNode list = body!["deep"]!["list"]!;
                await context.Json($$"""{"id":{{(list[1]!.GetValue<int>() == 7 && list[2]!.GetValue<bool>() && list[3] is null ? list[0]!.GetValue<int>() : 0)}}}""");
                break;
            case "/scripted":
                skip = Q("cursor");
                string wanted = skip < 4 ? "Bearer t1" : "Bearer t2";
                await (context.Request.Headers.Authorization == wanted ? context.Json($$"""{"items":[{{Items(skip)}}],"next_page":{{Next(skip)}}}""") : context.Status(401));
                break;
            default:
                int id = Number(path[(path.LastIndexOf('/') + 1)..]);
                await (id is > 0 and <= Total ? context.Json($$$"""{"data":{"record":{"id":{{{id}}} } } }""") : context.Status(404));
                break;
        }
    }
}
