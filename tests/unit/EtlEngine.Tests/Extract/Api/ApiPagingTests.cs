using EtlTools.Engine.Extract.Api;
using EtlTools.Engine.Extract.Json;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Tests.Extract.Api;

public class ApiPagingTests
{
    [Fact]
    public async Task Read_Cursor_GoesFromPageToPage()
    {
        using var service = new TestService(context => context.Query("cursor") switch
        {
            null => context.Json($$"""{"items":[{{Answers.Items(1, 3)}}],"next_page":"a b&c"}"""),
            "a b&c" => context.Json($$"""{"next_page":7,"items":[{{Answers.Items(4, 5)}}]}"""),
            _ => context.Json($$"""{"items":[{{Answers.Items(6, 6)}}],"next_page":null}"""),
        });
        var (records, _) = await Calls.ReadAsync(Calls.From(service, "/items?state=open"));
        Assert.Equal([1L, 2, 3, 4, 5, 6], Calls.Ids(records));
        Assert.Equal(["/items?state=open", "/items?state=open&cursor=a%20b%26c", "/items?state=open&cursor=7"], service.Requests.Select(request => request.Target));
        Assert.Equal([1L, 2, 3, 4, 5, 6], records.Select(record => record.Position.Row));
        Assert.Equal(["", "", "", "a b&c", "a b&c", "7"], records.Select(record => ApiPlace.TryParse(record.Position.Source.Cursor)!.Cursor));
        Assert.Equal(10, records[3].Position.ByteOffset - """{"next_page":7,""".Length + 1);
        Assert.Equal("localhost#4", records[3].Id);
    }

    [Fact]
    public async Task Read_NextUrl_FollowsRelativeAndAbsoluteOnes()
    {
        string url = "";
        using var service = new TestService(context => context.Request.Path.Value switch
        {
            "/items" => context.Json($$$"""{"items":[{{{Answers.Items(1, 1)}}}],"links":{"next":"p2?x=1"}}"""),
            "/p2" => context.Json($$$"""{"items":[{{{Answers.Items(2, 2)}}}],"links":{"next":"{{{url}}}/p3"}}"""),
            _ => context.Json($$$"""{"items":[{{{Answers.Items(3, 3)}}}],"links":{"next":""}}"""),
        });
        url = service.Url;
        var paging = new ApiPaging { Pagination = ApiPagination.NextUrl, NextPath = JsonPath.Parse("links.next", "NextPath") };
        var (records, _) = await Calls.ReadAsync(Calls.From(service) with { Paging = paging });
        Assert.Equal([1L, 2, 3], Calls.Ids(records));
    }

    [Fact]
    public async Task Read_LinkHeader_FollowsNext()
    {
        using var service = new TestService(context =>
        {
            int page = int.Parse(context.Query("p") ?? "1", System.Globalization.CultureInfo.InvariantCulture);
            if (page < 3)
                context.Response.Headers.Link = $"<https://elsewhere.example/>; rel=\"prev\"; title=\"a, b\", <items?p={page + 1}>; rel=\"next last\"";
            return context.Json($"[{Answers.Items(page, page)}]");
        });
        ApiExtract extract = Calls.From(service) with { Paging = new ApiPaging { Pagination = ApiPagination.Link }, Format = new JsonFormat() };
        Assert.Equal([1L, 2, 3], Calls.Ids((await Calls.ReadAsync(extract)).Records));
    }

    [Fact]
    public async Task Read_PageNumbers_EndWithAnEmptyPage()
    {
        using var service = new TestService(context => context.Query("page") switch
        {
            "1" => context.Json($$"""{"items":[{{Answers.Items(1, 2)}}]}"""),
            // A short page is not the end: a service may give fewer items than were asked for.
            "2" => context.Json($$"""{"items":[{{Answers.Items(3, 3)}}]}"""),
            "3" => context.Json($$"""{"items":[{{Answers.Items(4, 5)}}]}"""),
            _ => context.Json("""{"items":[]}"""),
        });
        var paging = new ApiPaging { Pagination = ApiPagination.Page, PageSize = 2, PageSizeParameter = "per_page" };
        var (records, _) = await Calls.ReadAsync(Calls.From(service) with { Paging = paging });
        Assert.Equal([1L, 2, 3, 4, 5], Calls.Ids(records));
        Assert.Equal("/items?per_page=2&page=4", service.Requests[^1].Target);
    }

    [Fact]
    public async Task Read_Offsets_CountTheItems()
    {
        using var service = new TestService(context => context.Query("offset") switch
        {
            "0" => context.Json($$"""{"items":[{{Answers.Items(1, 3)}}]}"""),
            "3" => context.Json($$"""{"items":[{{Answers.Items(4, 4)}}]}"""),
            _ => context.Json("""{"items":[]}"""),
        });
        var (records, _) = await Calls.ReadAsync(Calls.From(service) with { Paging = new ApiPaging { Pagination = ApiPagination.Offset } });
        Assert.Equal([1L, 2, 3, 4], Calls.Ids(records));
        Assert.Equal(3, service.Count);
    }

    [Theory]
    [InlineData(10, null, 10, 1)]
    [InlineData(7, null, 7, 0)]
    [InlineData(10, "total", 25, 0)]
    [InlineData(10, "more", 25, 0)]
    public async Task Read_ServiceThatCapsItsPages_IsNotSilentlyCutShort(int cap, string? member, int expected, int warnings)
    {
        using var service = new TestService(context =>
        {
            int offset = int.Parse(context.Query("offset")!, System.Globalization.CultureInfo.InvariantCulture);
            int end = Math.Min(offset + cap, 25);
            return context.Json($$"""{"total":25,"more":{{(end < 25 ? "true" : "false")}},"items":[{{Answers.Items(offset + 1, end)}}]}""");
        });
        var paging = new ApiPaging
        {
            Pagination = ApiPagination.Offset,
            PageSize = 100,
            PageSizeParameter = "limit",
            Ends = ApiEnds.ShortPage,
            TotalPath = member == "total" ? JsonPath.Parse("total", "TotalPath") : null,
            MorePath = member == "more" ? JsonPath.Parse("more", "MorePath") : null,
        };
        var (records, notices) = await Calls.ReadAsync(Calls.From(service) with { Paging = paging });
        Assert.Equal(expected, records.Count);
        Assert.Equal(warnings, notices.Count(notice => notice.Contains("set -PageSize 10", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Read_JsonLinesAndNoPagination_IsOnePage()
    {
        using var service = new TestService(context => context.Json("{\"id\":1}\nnonsense\n{\"id\":2}\n"));
        var (records, _) = await Calls.ReadAsync(Calls.From(service) with
        {
            Paging = new ApiPaging { Pagination = ApiPagination.None },
            Format = new JsonFormat { Layout = JsonLayout.JsonLines },
        });
        Assert.Equal([null, "InvalidJson", null], records.Select(record => record.Error?.Code));
        Assert.Equal(1, service.Count);
    }

    [Fact]
    public async Task Read_CursorLoop_Stops()
    {
        using var service = new TestService(context => context.Json(
            $$"""{"items":[{"id":"{{context.Query("cursor")}}"}],"next_page":"{{context.Query("cursor") switch { null => "a", "a" => "b", "b" => "c", _ => "a" }}}"}"""));
        var (records, failure) = await Calls.FailAsync(Calls.From(service));
        Assert.Equal(FailureCodes.PageLoop, failure.Code);
        Assert.Contains("cursor=ca978112", failure.Message, StringComparison.Ordinal);
        Assert.Equal(4, service.Count);
        Assert.Equal(4, records.Count);
    }

    [Fact]
    public async Task Read_SameItemsUnderMovingCursorsWithoutEnd_Stops()
    {
        int number = 0;
        using var service = new TestService(context => context.Json($$"""{"items":[{{Answers.Items(1, 3)}}],"next_page":"{{++number}}"}"""));
        Assert.Equal(FailureCodes.PageLoop, (await Calls.FailAsync(Calls.From(service))).Failure.Code);
        Assert.Equal(101, service.Count);
    }

    [Fact]
    public async Task Read_EmptyPagesWithoutEnd_Stop()
    {
        int number = 0;
        using var service = new TestService(context => context.Json($$"""{"items":[],"next_page":"{{++number}}"}"""));
        Assert.Equal(FailureCodes.PageLoop, (await Calls.FailAsync(Calls.From(service))).Failure.Code);
        Assert.Equal(100, service.Count);
    }

    [Fact]
    public async Task Read_MaxPages_StopsAndSaysThatThereAreMore()
    {
        int number = 0;
        using var service = new TestService(context => context.Json($$"""{"items":[{"id":{{++number}}}],"next_page":"{{number}}"}"""));
        var (records, notices) = await Calls.ReadAsync(Calls.From(service) with { Paging = new ApiPaging { MaxPages = 3 } });
        Assert.Equal(3, records.Count);
        Assert.Contains("-MaxPages", Assert.Single(notices), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_Resumed_BeginsWithThePageOfTheWatermark()
    {
        using var service = new TestService(context => context.Query("cursor") switch
        {
            null => context.Json($$"""{"items":[{{Answers.Items(1, 3)}}],"next_page":"p2"}"""),
            "p2" => context.Json($$"""{"items":[{{Answers.Items(4, 5)}}],"next_page":"p3"}"""),
            _ => context.Json($$"""{"items":[{{Answers.Items(6, 6)}}]}"""),
        });
        ApiExtract extract = Calls.From(service);
        Record covered = (await Calls.ReadAsync(extract)).Records[3];
        List<Record> more = (await Calls.ReadAsync(extract with { ResumeFrom = MarkAt(covered) })).Records;
        Assert.Equal([4L, 5, 6], Calls.Ids(more));
        // Items have the numbers that they had, so that a failed one is the same letter again.
        Assert.Equal([4L, 5, 6], more.Select(record => record.Position.Row));
        Assert.Equal(["p2", "p2", "p3"], more.Select(record => ApiPlace.TryParse(record.Position.Source.Cursor)!.Cursor));
    }

    [Fact]
    public async Task Read_WatermarkOfAnotherQuery_IsRefused()
    {
        using var service = new TestService(context => context.Json($$"""{"items":[{{Answers.Items(1, 3)}}]}"""));
        Record covered = (await Calls.ReadAsync(Calls.From(service))).Records[1];
        EtlException e = await Assert.ThrowsAsync<EtlException>(() => Calls.ReadAsync(Calls.From(service, "/items?other=1") with { ResumeFrom = MarkAt(covered) }));
        Assert.Equal(FailureCodes.WatermarkMismatch, e.Code);
    }

    private static Watermark MarkAt(Record record) => new()
    {
        Name = "w",
        Source = record.Position.Source.Path,
        Fingerprint = record.Position.Source.Fingerprint,
        ByteOffset = record.Position.ByteOffset,
        Row = record.Position.Row,
        Cursor = record.Position.Source.Cursor,
    };
}
