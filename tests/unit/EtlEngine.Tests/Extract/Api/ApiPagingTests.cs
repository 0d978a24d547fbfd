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

    [Theory]
    [InlineData("\"next last\"")]
    [InlineData("'next'")]
    [InlineData("next")]
    public async Task Read_LinkHeader_FollowsNext(string rel)
    {
        using var service = new TestService(context =>
        {
            int page = int.Parse(context.Query("p") ?? "1", System.Globalization.CultureInfo.InvariantCulture);
            if (page < 3)
                context.Response.Headers.Link = $"<https://elsewhere.example/>; rel=\"prev\"; title=\"a, b\", <items?p={page + 1}>; rel={rel}";
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
    public async Task Read_EmptyListLeftOut_IsAPageWithoutItemsWhereAllowed()
    {
        using var service = new TestService(context => context.Json(context.Query("cursor") switch
        {
            null => """{"items":[{"id":1}],"next_page":"b"}""",
            "b" => """{"kind":"k","next_page":"c"}""",
            "c" => """{"items":[{"id":2}],"next_page":"d"}""",
            _ => """{"items":{"id":3}}""",
        }));
        ApiExtract extract = Calls.From(service);
        var (_, failure) = await Calls.FailAsync(extract);
        Assert.Contains("use -AllowMissingItems", failure.Message, StringComparison.Ordinal);
        // What is no list is not nothing.
        var (records, other) = await Calls.FailAsync(extract with { Format = extract.Format with { AllowsMissing = true } });
        Assert.Equal([1L, 2], Calls.Ids(records));
        Assert.Contains("'items' is an object, not a list", other.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("-AllowMissingItems", other.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_PlainItems_AreTheOneRowColumn()
    {
        using var service = new TestService(context => context.Json("""[101, "a\u00e9", null, [4], {"id":5}, 6]"""));
        ApiExtract extract = Calls.From(service) with { Paging = new ApiPaging { Pagination = ApiPagination.None }, Format = new JsonFormat { RowColumns = ["id"] } };
        var (records, _) = await Calls.ReadAsync(extract);
        Assert.Equal([101L, "aé", null, 4L, 6L], records.Where(record => record.Error is null).Select(record => record[0]));
        Assert.Equal(ErrorCodes.NotAnObject, Assert.Single(records, record => record.Error is not null).Error!.Code);
        records = (await Calls.ReadAsync(extract with { Format = new JsonFormat { RowColumns = [] } })).Records;
        Assert.EndsWith("-RowColumn with one name makes a column of plain values, with several of lists.", records[0].Error!.Message, StringComparison.Ordinal);
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

    [Theory]
    [InlineData("total")]
    [InlineData("more")]
    [InlineData("")]
    public async Task Read_PagesThatDifferInTheMiddle_AreAllRead(string word)
    {
        // A day a page: the readings at night are equal, and all have the same length.
        using var service = new TestService(context =>
        {
            int offset = Number(context, "offset");
            string rows = string.Join(',', Enumerable.Range(offset, Math.Max(0, Math.Min(3, 12 - offset))).Select(i => $$"""{"id":{{(i == 0 ? 5 : i % 3 == 1 ? 10 + i : 1)}}}"""));
            return context.Json($$"""{"total":12,"more":{{(offset + 3 < 12 ? "true" : "false")}},"items":[{{rows}}]}""");
        });
        Assert.Equal(12, (await Calls.ReadAsync(Calls.From(service) with { Paging = Told("Offset", word) })).Records.Count);
    }

    [Theory]
    [InlineData("total")]
    [InlineData("more")]
    public async Task Read_EqualPages_GoOnWhileTheServiceSaysThatThereAreMore(string word)
    {
        using var service = new TestService(context =>
        {
            int page = Number(context, "page");
            return context.Json($$"""{"total":12,"more":{{(page < 4 ? "true" : "false")}},"items":[{{string.Join(',', Enumerable.Repeat($$"""{"id":{{(page == 1 ? 1 : 0)}}}""", 3))}}]}""");
        });
        Assert.Equal(12, (await Calls.ReadAsync(Calls.From(service) with { Paging = Told("Page", word) })).Records.Count);
        Assert.Equal(4, service.Count);
    }

    [Fact]
    public async Task Read_LastPageEqualToTheFirst_IsRead()
    {
        using var service = new TestService(context => context.Json($$"""{"more":{{(context.Query("page") == "1" ? "true" : "false")}},"items":[{"id":0},{"id":0}]}"""));
        Assert.Equal(4, (await Calls.ReadAsync(Calls.From(service) with { Paging = Told("Page", "more") })).Records.Count);
    }

    [Theory]
    [InlineData("Page", "total", null)]
    [InlineData("Page", "more", null)]
    [InlineData("Offset", "total", 3)]
    [InlineData("Offset", "more", 3)]
    public async Task Read_EmptyPageInTheMiddle_IsNoEndIfTheServiceSaysThatThereAreMore(string pagination, string word, int? size)
    {
        using var service = new TestService(context =>
        {
            int page = pagination == "Page" ? Number(context, "page") : (Number(context, "offset") / 3) + 1;
            string items = page is 2 or > 4 ? "" : Answers.Items((page * 3) - 2, page * 3);
            return context.Json($$"""{"total":9,"more":{{(page < 4 ? "true" : "false")}},"items":[{{items}}]}""");
        });
        var (records, notices) = await Calls.ReadAsync(Calls.From(service) with { Paging = Told(pagination, word) with { PageSize = size } });
        Assert.Equal([1L, 2, 3, 7, 8, 9, 10, 11, 12], Calls.Ids(records));
        Assert.Empty(notices);
    }

    [Theory]
    [InlineData("Page")]
    [InlineData("Offset")]
    public async Task Read_TotalOfMoreItemsThanThereAre_EndsAndSaysSo(string pagination)
    {
        using var service = new TestService(context =>
        {
            int from = pagination == "Page" ? (Number(context, "page") * 3) - 2 : Number(context, "offset") + 1;
            return context.Json($$"""{"total":9,"items":[{{(from > 8 ? "" : Answers.Items(from, Math.Min(8, from + 2)))}}]}""");
        });
        var (records, notices) = await Calls.ReadAsync(Calls.From(service) with { Paging = Told(pagination, "total") });
        Assert.Equal(8, records.Count);
        Assert.Contains("there are 9 ('total'), and 8 were read", Assert.Single(notices), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_MoreItemsThanTheTotal_GoesOnAndSaysSo()
    {
        using var service = new TestService(context =>
        {
            int page = Number(context, "page");
            return context.Json($$"""{"total":3,"items":[{{(page > 3 ? "" : Answers.Items((page * 2) - 1, page * 2))}}]}""");
        });
        var (records, notices) = await Calls.ReadAsync(Calls.From(service) with { Paging = Told("Page", "total") });
        Assert.Equal(6, records.Count);
        Assert.Contains("to 4, more than the 3 at 'total' (-TotalPath)", Assert.Single(notices), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\"total\":{\"value\":3},")]
    [InlineData("\"total\":3.0,")]
    public async Task Read_TotalThatIsNoWholeNumber_IsWarnedOf(string total)
    {
        using var service = new TestService(context =>
        {
            int page = Number(context, "page");
            return context.Json($$"""{{{total}}"items":[{{(page > 3 ? "" : Answers.Items(page, page))}}]}""");
        });
        var (records, notices) = await Calls.ReadAsync(Calls.From(service) with { Paging = Told("Page", "total") });
        Assert.Equal(3, records.Count);
        Assert.Contains("has no whole number at 'total' (-TotalPath)", Assert.Single(notices), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_EndOnTheFirstPage_IsRefused()
    {
        using var service = new TestService(context => context.Request.Path == "/orders" && Number(context, "page") == 1
            ? context.Json($$"""{"items":[{{Answers.Items(1, 2)}}]}""")
            : context.Status(404));
        ApiExtract From(string path) => Calls.From(service, path) with
        {
            Paging = new ApiPaging { Pagination = ApiPagination.Page },
            Connection = new ApiConnection { StatusActions = new Dictionary<int, ApiStatusAction> { [404] = ApiStatusAction.End } },
        };
        Assert.Equal([1L, 2], Calls.Ids((await Calls.ReadAsync(From("/orders"))).Records));
        var (_, failure) = await Calls.FailAsync(From("/order"));
        Assert.Equal(FailureCodes.RequestRefused, failure.Code);
        Assert.Contains("answered 404, which means the end of the pages (-StatusAction), and is the first page. Check -Uri.", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/items?page=2", true)]
    [InlineData("/items/2", true)]
    [InlineData("?page=2", true)]
    [InlineData("/9j/4AAQ+w==", false)]
    public async Task Read_AddressAsCursor_NamesNextUrl(string next, bool isAddress)
    {
        using var service = new TestService(context =>
            context.Json(context.Query("cursor") is null ? $$"""{"items":[{"id":1}],"next_page":"{{next}}"}""" : """{"items":[{"id":2}],"next_page":null}"""));
        if (!isAddress)
        {
            Assert.Equal([1L, 2], Calls.Ids((await Calls.ReadAsync(Calls.From(service))).Records));
            return;
        }
        var (_, failure) = await Calls.FailAsync(Calls.From(service));
        Assert.Equal(FailureCodes.PageLoop, failure.Code);
        Assert.EndsWith("is an address, not a cursor. Use -Pagination NextUrl.", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_EmptyPageWithMoreAndNoCursor_IsAnError()
    {
        using var service = new TestService(context => context.Json($$"""{"data":[{{(context.Query("after") is null ? Answers.Items(1, 3) : "")}}],"more":true}"""));
        ApiExtract extract = Calls.From(service) with
        {
            Paging = Told("Cursor", "more") with { NextPath = JsonPath.Parse("data[-1].id", "NextPath"), PageParameter = "after" },
            Format = new JsonFormat { ItemPath = JsonPath.Parse("data", "ItemPath") },
        };
        var (records, failure) = await Calls.FailAsync(extract);
        Assert.Equal(FailureCodes.NextPageUnknown, failure.Code);
        Assert.Equal(3, records.Count);
    }

    [Theory]
    [InlineData("Offset", "", false, 18)]
    [InlineData("Page", "total", false, 18)]
    [InlineData("Page", "", true, 18)]
    [InlineData("Page", "quiet", false, 4)]
    [InlineData("Page", "quiet", true, 4)]
    public async Task Read_ListsInLists_CountsWhatTheServiceCounts(string pagination, string kind, bool isShort, int expected)
    {
        string Lines(int order) => kind != "quiet" ? Answers.Items((order * 3) + 1, (order * 3) + 3) : order is 2 or 3 ? "" : Answers.Items(order, order);
        using var service = new TestService(context =>
        {
            int from = pagination == "Page" ? (Number(context, "page") - 1) * 2 : Number(context, "offset");
            return context.Json($$"""{"total":6,"orders":[{{string.Join(',', Enumerable.Range(from, Math.Max(0, Math.Min(2, 6 - from))).Select(order => $$"""{"order":{{order}},"lines":[{{Lines(order)}}]}"""))}}]}""");
        });
        ApiExtract extract = Calls.From(service) with
        {
            Paging = Told(pagination, kind) with { PageSize = 2, Ends = isShort ? ApiEnds.ShortPage : ApiEnds.None },
            Format = new JsonFormat { ItemPath = JsonPath.ParseItems("orders[*].lines", "ItemPath") },
        };
        Assert.Equal(expected, (await Calls.ReadAsync(extract)).Records.Count);
    }

    [Theory]
    [InlineData("""{"page":0}""", "0")]
    [InlineData("""{"page":"7"}""", "7")]
    [InlineData("""{"q":1}""", "1")]
    public void First_PageNumberInTheBody_IsTheFirst(string body, string expected)
    {
        var pager = new ApiPager(new ApiExtract { Uri = new Uri("http://localhost"), Body = ApiBody.OfText(body, null), Paging = new ApiPaging { Pagination = ApiPagination.Page, InBody = true } });
        Assert.Equal(expected, pager.First(null).Value);
    }

    [Theory]
    [InlineData("Page", "one")]
    [InlineData("Offset", "-1")]
    [InlineData("NextUrl", "1")]
    [InlineData("Link", "1")]
    public async Task Read_FirstPageThatCannotBe_IsRefused(string pagination, string first)
    {
        using var service = new TestService(context => context.Json("""{"items":[]}"""));
        EtlException e = await Assert.ThrowsAsync<EtlException>(() => Calls.ReadAsync(Calls.From(service) with { Paging = new ApiPaging { Pagination = Enum.Parse<ApiPagination>(pagination), FirstPage = first } }));
        Assert.Equal(FailureCodes.InvalidParameter, e.Code);
        Assert.StartsWith("-FirstPage", e.Message, StringComparison.Ordinal);
        Assert.Equal(0, service.Count);
    }

    [Theory]
    [InlineData("""{"id":6,"v":NaN}""", true)]
    [InlineData("{\"id\":6,\"v\":\"a\tb\"}", true)]
    [InlineData("""{"id":6,"v":[1,{"w":nothing}]}""", true)]
    [InlineData("""{"v":NaN,"id":6}""", false)]
    [InlineData("null", false)]
    [InlineData("""{"name":"x"}""", false)]
    public async Task Read_BadLastItem_DoesNotHideThePagesAfterIt(string last, bool isFound)
    {
        using var service = new TestService(context => context.Json($$"""{"items":[{{context.Query("after") switch
        {
            null => Answers.Items(1, 3),
            "3" => $"{Answers.Items(4, 5)},{last}",
            "6" => Answers.Items(7, 9),
            _ => "",
        }}}]}"""));
        ApiExtract extract = Calls.From(service) with { Paging = new ApiPaging { NextPath = JsonPath.Parse("items[-1].id", "NextPath"), PageParameter = "after" } };
        if (isFound)
        {
            Assert.Equal(9, (await Calls.ReadAsync(extract)).Records.Count);
            return;
        }
        var (records, failure) = await Calls.FailAsync(extract);
        Assert.Equal(6, records.Count);
        Assert.Equal(FailureCodes.NextPageUnknown, failure.Code);
        Assert.Contains("the last item has no 'items[-1].id'", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("links[-1].c")]
    [InlineData("cursors[-1]")]
    public async Task Read_LastOfAnotherList_IsOfThatList(string next)
    {
        using var service = new TestService(context =>
        {
            int page = int.Parse(context.Query("cursor") ?? "1", System.Globalization.CultureInfo.InvariantCulture);
            string cursors = page < 3 ? $"{page},{page + 1}" : "";
            string links = string.Join(',', cursors.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(cursor => $$"""{"c":{{cursor}}}"""));
            return context.Json($$"""{"items":[{{Answers.Items((page * 2) - 1, page * 2)}}],"links":[{{links}}],"cursors":[{{cursors}}]}""");
        });
        var (records, _) = await Calls.ReadAsync(Calls.From(service) with { Paging = new ApiPaging { NextPath = JsonPath.Parse(next, "NextPath") } });
        Assert.Equal([1L, 2, 3, 4, 5, 6], Calls.Ids(records));
    }

    [Theory]
    [InlineData("orders[-1].id", "orders[*].lines")]
    [InlineData("items[0].id", "items")]
    public async Task Read_NextPathIntoTheListOfTheItems_IsRefused(string next, string items)
    {
        using var service = new TestService(context => context.Json("{}"));
        EtlException e = await Assert.ThrowsAsync<EtlException>(() => Calls.ReadAsync(Calls.From(service) with
        {
            Paging = new ApiPaging { NextPath = JsonPath.Parse(next, "NextPath") },
            Format = new JsonFormat { ItemPath = JsonPath.ParseItems(items, "ItemPath") },
        }));
        Assert.Equal(FailureCodes.InvalidParameter, e.Code);
        Assert.Contains("-NextPath", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1024 * 1024, true)]
    [InlineData(5 * 1024 * 1024, false)]
    public async Task Read_LongCursor_IsSentOrTold(int length, bool isSent)
    {
        int page = 0;
        using var service = new TestService(context => context.Json(
            ++page > 1 ? """{"items":[]}""" : $$"""{"items":[{{Answers.Items(1, 1)}}],"next_page":"{{new string('x', length)}}"}"""));
        ApiExtract extract = Calls.From(service) with
        {
            Method = HttpMethod.Post,
            Paging = new ApiPaging { InBody = true },
        };
        if (isSent)
        {
            await Calls.ReadAsync(extract);
            Assert.Equal(length, service.Requests[1].Body.Count(c => c == 'x'));
            return;
        }
        EtlException failure = (await Calls.FailAsync(extract)).Failure;
        Assert.Equal(FailureCodes.NextPageUnknown, failure.Code);
        Assert.Contains("longer than", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_FirstPageAfterTheLast_IsNotReadTwice()
    {
        using var service = new TestService(context =>
        {
            int page = Number(context, "page");
            page = page > 3 ? 1 : page;
            return context.Json($$"""{"items":[{{Answers.Items((page * 4) - 3, Math.Min(10, page * 4))}}]}""");
        });
        ApiExtract extract = Calls.From(service) with { Paging = new ApiPaging { Pagination = ApiPagination.Page } };
        var (records, notices) = await Calls.ReadAsync(extract);
        Assert.Equal(Enumerable.Range(1, 10).Select(i => (long)i), Calls.Ids(records));
        Assert.Contains("returned the first page again", Assert.Single(notices), StringComparison.Ordinal);
        Assert.Empty((await Calls.ReadAsync(extract with { Paging = extract.Paging with { Ends = ApiEnds.RepeatedPage } })).Notices);
    }

    [Theory]
    [InlineData("Link")]
    [InlineData("NextUrl")]
    public async Task Read_FirstPageThatNamesItself_IsTheLast(string pagination)
    {
        string self = "";
        using var service = new TestService(context =>
        {
            context.Response.Headers.Link = $"<{self}>; rel=\"next\"";
            return context.Json($$"""{"items":[{{Answers.Items(1, 3)}}],"next_page":"{{self}}"}""");
        });
        self = $"{service.Url}/items";
        Assert.Equal(3, (await Calls.ReadAsync(Calls.From(service) with { Paging = new ApiPaging { Pagination = Enum.Parse<ApiPagination>(pagination) } })).Records.Count);
        Assert.Equal(1, service.Count);
    }

    [Theory]
    [InlineData("Link")]
    [InlineData("X-Next")]
    public async Task Read_NextAddressInUtf8_IsReadAsSuch(string header)
    {
        using var service = new TestService(context =>
        {
            if (context.Query("page") is null)
                context.Response.Headers[header] = header == "Link" ? "<items?city=Łódź&page=2>; rel=\"next\"" : "items?city=Łódź&page=2";
            return context.Json($$"""{"items":[{{(context.Query("city") == "Łódź" ? Answers.Items(1, 2) : "")}}]}""");
        });
        var paging = new ApiPaging { Pagination = header == "Link" ? ApiPagination.Link : ApiPagination.NextUrl, NextHeader = header == "Link" ? null : header };
        await Calls.ReadAsync(Calls.From(service) with { Paging = paging });
        Assert.EndsWith("city=%C5%81%C3%B3d%C5%BA&page=2", service.Requests[1].Target, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_WatermarkOnATrustedHost_IsResumed()
    {
        using var service = new TestService(context => context.Json($$"""{"items":[{{Answers.Items(1, 2)}}]}"""));
        ApiExtract extract = Calls.From(service) with { Paging = new ApiPaging { Pagination = ApiPagination.NextUrl } };
        string elsewhere = $"http://127.0.0.1:{service.Port}";
        Watermark mark = MarkAt((await Calls.ReadAsync(extract)).Records[1]) with { Cursor = ApiPlace.Of(extract, $"{elsewhere}/items?p=2").ToString() };
        extract = extract with { ResumeFrom = mark };
        EtlException e = await Assert.ThrowsAsync<EtlException>(() => Calls.ReadAsync(extract));
        Assert.Contains("-TrustedHost", e.Message, StringComparison.Ordinal);
        await Calls.ReadAsync(extract with { Connection = new ApiConnection { TrustedHosts = [elsewhere] } });
        Assert.Equal("/items?p=2", service.Requests[^1].Target);
    }

    [Theory]
    [InlineData("Page")]
    [InlineData("Offset")]
    public async Task Read_ResumedWithATotal_PassesEmptyPagesAndEndsAtTheTotal(string pagination)
    {
        using var service = new TestService(context =>
        {
            int page = pagination == "Page" ? Number(context, "page") : (Number(context, "offset") / 3) + 1;
            return context.Json($$"""{"total":12,"items":[{{(page == 3 ? "" : Answers.Items((page * 3) - 2, page * 3))}}]}""");
        });
        ApiExtract extract = Calls.From(service) with { Paging = Told(pagination, "total") with { PageSize = 3 } };
        List<Record> all = (await Calls.ReadAsync(extract)).Records;
        Assert.Equal([1L, 2, 3, 4, 5, 6, 10, 11, 12, 13, 14, 15], Calls.Ids(all));
        Assert.Equal(5, service.Count);
        var (rest, notices) = await Calls.ReadAsync(extract with { ResumeFrom = MarkAt(all[4]) });
        Assert.Equal([4L, 5, 6, 10, 11, 12, 13, 14, 15], Calls.Ids(rest));
        Assert.Empty(notices);
        Assert.Equal(5 + 4, service.Count);
    }

    [Theory]
    [InlineData("NextUrl", """{"href":"/items?p=2"}""", "the member 'next_page' (-NextPath) is an object, not a cursor or an address. Name the value in it, such as 'next_page.href'.")]
    [InlineData("Cursor", """["c"]""", "the member 'next_page' (-NextPath) is a list, not a cursor or an address. Name the value in it, such as 'next_page[0]'.")]
    public async Task Read_NextPageThatIsNoPlainValue_IsNotSent(string pagination, string next, string says)
    {
        using var service = new TestService(context => context.Json($$"""{"items":[{"id":1}],"next_page":{{next}}}"""));
        var (_, failure) = await Calls.FailAsync(Calls.From(service) with { Paging = new ApiPaging { Pagination = Enum.Parse<ApiPagination>(pagination) } });
        Assert.Equal(FailureCodes.NextPageUnknown, failure.Code);
        Assert.EndsWith(says, failure.Message, StringComparison.Ordinal);
        Assert.Equal(1, service.Count);
    }

    [Fact]
    public async Task Read_AddressInAHeaderForACursor_NamesTheHeader()
    {
        using var service = new TestService(context =>
        {
            context.Response.Headers["X-Next"] = "http://localhost/items?p=2";
            return context.Json("""{"items":[{"id":1}]}""");
        });
        var (_, failure) = await Calls.FailAsync(Calls.From(service) with { Paging = new ApiPaging { NextHeader = "X-Next" } });
        Assert.EndsWith("the header 'X-Next' (-NextHeader) is an address, not a cursor. Use -Pagination NextUrl.", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"False\"")]
    [InlineData("\"no\"")]
    [InlineData("\"0\"")]
    [InlineData("0")]
    public async Task Read_NoMorePagesInAnotherWord_IsTheEnd(string no)
    {
        using var service = new TestService(context => context.Json($$"""{"items":[{"id":1}],"next_page":"2","more":{{no}}}"""));
        await Calls.ReadAsync(Calls.From(service) with { Paging = Told("Cursor", "more") });
        Assert.Equal(1, service.Count);
    }

    [Theory]
    [InlineData("\"page\":1,\"total\":47", "'total' is 47")]
    [InlineData("\"total\":\"3\"", "'total' is \"3\"")]
    [InlineData("\"count\":3", "'count' is 3")]
    [InlineData("\"@odata.count\":3", "'@odata.count' is 3")]
    [InlineData("\"meta\":{\"total_count\":3}", "'meta.total_count' is 3")]
    [InlineData("\"page\":{\"size\":2,\"totalElements\":3,\"number\":0}", "'page.totalElements' is 3")]
    [InlineData("\"page\":1,\"total_pages\":2", "'total_pages' is 2")]
    [InlineData("\"pagination\":{\"current_page\":1,\"pages\":2}", "'pagination.pages' is 2")]
    [InlineData("\"next\":null,\"has_more\":true", "'has_more' is true")]
    [InlineData("\"pageInfo\":{\"hasNextPage\":true}", "'pageInfo.hasNextPage' is true")]
    [InlineData("\"total\":2", null)]
    [InlineData("\"count\":2,\"page\":1", null)]
    [InlineData("\"page\":5,\"pages\":5,\"total\":47", null)]
    [InlineData("\"total\":47,\"next\":null", null)]
    [InlineData("\"total\":47,\"hasMore\":false", null)]
    [InlineData("\"total\":4711.5", null)]
    [InlineData("\"summary\":{\"total\":47}", null)]
    public async Task Read_PageThatSaysThatThereIsMore_IsNotTheOnlyOne(string members, string? sign)
    {
        using var service = new TestService(context => context.Json($$"""{{{members}},"items":[{{Answers.Items(1, 2)}}]}"""));
        if (sign is null)
        {
            Assert.Contains("It was treated as the only page.", Assert.Single((await Calls.ReadAsync(Calls.From(service))).Notices), StringComparison.Ordinal);
            return;
        }
        var (records, failure) = await Calls.FailAsync(Calls.From(service));
        Assert.Equal(2, records.Count);
        Assert.Equal(FailureCodes.NextPageUnknown, failure.Code);
        Assert.Contains($" {sign}, and the page has 2 items: set -Pagination", failure.Message, StringComparison.Ordinal);
        Assert.Empty((await Calls.ReadAsync(Calls.From(service) with { Paging = new ApiPaging { Pagination = ApiPagination.None } })).Notices);
    }

    [Fact]
    public async Task Read_TotalBesideTheItems_IsThatOfTheItems()
    {
        using var service = new TestService(context => context.Json($$"""{"data":{"list":[{{Answers.Items(1, 2)}}],"total":47} }"""));
        ApiExtract extract = Calls.From(service) with { Format = new JsonFormat { ItemPath = JsonPath.ParseItems("data.list", "ItemPath") } };
        Assert.Contains("'total' is 47", (await Calls.FailAsync(extract)).Failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_TotalThatTheCallerNamed_IsTheOnlyOne()
    {
        using var service = new TestService(context => context.Json($$"""{"total":47,"filtered":2,"more":3,"items":[{{Answers.Items(1, 2)}}]}"""));
        ApiPaging paging = new() { IsNextGiven = true };
        await Calls.ReadAsync(Calls.From(service) with { Paging = paging with { TotalPath = JsonPath.Parse("filtered", "TotalPath") } });
        Assert.Contains("'more' is 3", (await Calls.FailAsync(Calls.From(service) with { Paging = paging with { TotalPath = JsonPath.Parse("more", "TotalPath") } })).Failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("X-Total-Count: 3", "'X-Total-Count' is 3")]
    [InlineData("X-WP-Total: 3|X-WP-TotalPages: 2", "'X-WP-TotalPages' is 2")]
    [InlineData("X-Total: 3|X-Next-Page: ", null)]
    [InlineData("X-Total-Count: 2|X-RateLimit-Remaining: 47", null)]
    public async Task Read_ListWithATotalInAHeader_IsNotTheOnlyPage(string headers, string? sign)
    {
        using var service = new TestService(context =>
        {
            foreach (string[] header in headers.Split('|').Select(header => header.Split(": ")))
                context.Response.Headers[header[0]] = header[1];
            return context.Json($"[{Answers.Items(1, 2)}]");
        });
        ApiExtract extract = Calls.From(service) with { Format = new JsonFormat() };
        if (sign is null)
            await Calls.ReadAsync(extract);
        else
            Assert.Contains(sign, (await Calls.FailAsync(extract)).Failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_LinkHeaderThatIsNotAskedFor_IsTold()
    {
        using var service = new TestService(context =>
        {
            context.Response.Headers.Link = "<items?p=2>; rel=\"next\"";
            return context.Json($$"""{"items":[{{Answers.Items(1, 2)}}]}""");
        });
        Assert.Contains("set -Pagination Link", (await Calls.FailAsync(Calls.From(service))).Failure.Message, StringComparison.Ordinal);
    }

    private static ApiPaging Told(string pagination, string word) => new()
    {
        Pagination = Enum.Parse<ApiPagination>(pagination),
        TotalPath = word == "total" ? JsonPath.Parse("total", "TotalPath") : null,
        MorePath = word == "more" ? JsonPath.Parse("more", "MorePath") : null,
    };

    private static int Number(Microsoft.AspNetCore.Http.HttpContext context, string name) =>
        int.Parse(context.Query(name)!, System.Globalization.CultureInfo.InvariantCulture);

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
