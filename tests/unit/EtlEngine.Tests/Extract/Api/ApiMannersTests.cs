using System.Net;
using System.Security.Cryptography.X509Certificates;
using EtlTools.Engine.Extract.Api;
using EtlTools.Engine.Telemetry;
using Microsoft.AspNetCore.Http;

namespace EtlTools.Engine.Tests.Extract.Api;

/// <summary>Who is told what.</summary>
public class ApiMannersTests
{
    [Fact]
    public void Basic_NameAndPasswordAsTheyAreSent_AreASecret()
    {
        var redactor = new Redactor();
        ApiAuthorization.Basic("ada", "secret", redactor);
        Assert.Equal("the header was ***", redactor.Redact("the header was YWRhOnNlY3JldA=="));
    }

    [Fact]
    public async Task Read_RedirectToAnotherHost_IsRefused()
    {
        using var other = new TestService(context => context.Json("""{"items":[{"id":1}]}"""));
        using var service = new TestService(context => context.Redirect($"{other.Url}/items?token=secret"));
        var (_, failure) = await Calls.FailAsync(Calls.From(service));
        Assert.Equal(FailureCodes.CrossHostRefused, failure.Code);
        Assert.Contains("-AllowCrossHost", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", failure.Message, StringComparison.Ordinal);
        Assert.Equal(0, other.Count);
    }

    [Fact]
    public async Task Read_AllowedToAnotherHost_TakesNoCredentialsAlong()
    {
        using var other = new TestService(context => context.Json("""{"items":[{"id":1}],"next":null}"""), tls: true, wantsCertificate: true);
        using var service = new TestService(context => context.Redirect($"{other.Url}/items"), tls: true, wantsCertificate: true);
        var cookies = new CookieContainer();
        cookies.Add(new Uri(service.Url), new Cookie("session", "secret"));
        using X509Certificate2 certificate = TestService.MakeCertificate("client");
        var connection = new ApiConnection
        {
            AllowCrossHost = true,
            SkipCertificateCheck = true,
            Authorization = ApiAuthorization.Bearer("secret"),
            Headers = [KeyValuePair.Create("X-Api-Key", "secret")],
            Cookies = cookies,
            Certificates = [certificate],
        };
        Assert.Single((await Calls.ReadAsync(Calls.From(service) with { Connection = connection })).Records);

        TestService.Seen first = Assert.Single(service.Requests);
        Assert.Equal(("Bearer secret", "secret", "session=secret", "CN=client"), (first.Headers["Authorization"], first.Headers["X-Api-Key"], first.Headers["Cookie"], first.ClientCertificate));
        TestService.Seen second = Assert.Single(other.Requests);
        Assert.DoesNotContain(second.Headers.Values, value => value.Contains("secret", StringComparison.Ordinal));
        Assert.Null(second.ClientCertificate);

        await Calls.ReadAsync(Calls.From(service) with { Connection = connection with { PreserveAuthorizationOnRedirect = true } });
        Assert.Equal("Bearer secret", other.Requests[^1].Headers["Authorization"]);
        Assert.False(other.Requests[^1].Headers.ContainsKey("X-Api-Key"));
    }

    [Fact]
    public async Task Read_RedirectOnTheSameHost_IsFollowedWithCredentials()
    {
        using var service = new TestService(context => context.Request.Path == "/items" ? context.Redirect("/v2/items", 308) : context.Json("""{"items":[{"id":1}]}"""));
        var connection = new ApiConnection { Headers = [KeyValuePair.Create("X-Api-Key", "k")] };
        await Calls.ReadAsync(Calls.From(service) with { Connection = connection });
        Assert.Equal("k", service.Requests[1].Headers["X-Api-Key"]);
    }

    [Fact]
    public async Task Read_NextUrlOfAnotherHost_IsRefused()
    {
        using var service = new TestService(context => context.Json("""{"items":[{"id":1}],"next_page":"https://elsewhere.example/items?page=2"}"""));
        var (records, failure) = await Calls.FailAsync(Calls.From(service) with { Paging = new ApiPaging { Pagination = ApiPagination.NextUrl } });
        Assert.Equal((1, FailureCodes.CrossHostRefused), (records.Count, failure.Code));
    }

    [Fact]
    public async Task Read_CredentialsOverPlainHttp_AreRefusedUnlessAllowed()
    {
        using var service = new TestService(context => context.Json("""{"items":[]}"""));
        ApiExtract extract = Calls.From(service) with { Connection = new ApiConnection { Authorization = ApiAuthorization.Basic("ada", "secret", new Redactor()) } };
        EtlException e = await Assert.ThrowsAsync<EtlException>(() => Calls.ReadAsync(extract));
        Assert.Contains("-AllowUnencryptedAuthentication", e.Message, StringComparison.Ordinal);
        Assert.Equal(0, service.Count);
        await Calls.ReadAsync(extract with { Connection = extract.Connection with { AllowUnencryptedAuthentication = true } });
        Assert.Equal("Basic YWRhOnNlY3JldA==", Assert.Single(service.Requests).Headers["Authorization"]);
    }

    [Fact]
    public async Task Read_UnknownCertificate_IsRefusedUnlessSkipped()
    {
        using var service = new TestService(context => context.Json("""{"items":[]}"""), tls: true);
        var (_, failure) = await Calls.FailAsync(Calls.From(service));
        Assert.Equal(FailureCodes.TlsFailed, failure.Code);
        Assert.Contains("-SkipCertificateCheck", failure.Message, StringComparison.Ordinal);
        await Calls.ReadAsync(Calls.From(service) with { Connection = new ApiConnection { SkipCertificateCheck = true } });
    }

    [Fact]
    public async Task Read_OAuth_FetchesATokenAndAnotherWhenItIsRefused()
    {
        int tokens = 0;
        using var service = new TestService(context => context.Request.Path == "/token"
            ? context.Json($$"""{"access_token":"t{{++tokens}}","expires_in":"3600"}""")
            : context.Request.Headers.Authorization == "Bearer t1" && context.Query("cursor") == "2"
                ? context.Status(401)
                : context.Json($$"""{"items":[{"id":"{{context.Query("cursor")}}"}],"next_page":{{(context.Query("cursor") is null ? "2" : "null")}}}"""), tls: true);
        var connection = new ApiConnection
        {
            SkipCertificateCheck = true,
            Authorization = ApiAuthorization.OAuth(new ApiTokenRequest { Uri = new Uri($"{service.Url}/token"), ClientId = "my id", ClientSecret = "s:ecret", Scope = "read", Redactor = new Redactor() }),
        };
        Assert.Equal(2, (await Calls.ReadAsync(Calls.From(service) with { Connection = connection })).Records.Count);
        Assert.Equal(["/token", "/items", "/items?cursor=2", "/token", "/items?cursor=2"], service.Requests.Select(request => request.Target));
        Assert.Equal("grant_type=client_credentials&scope=read", service.Requests[0].Body);
        Assert.Equal("Basic bXklMjBpZDpzJTNBZWNyZXQ=", service.Requests[0].Headers["Authorization"]);
    }

    [Theory]
    [InlineData("""{"ok":false,"error":"invalid_client"}""", "returned no access_token. The document has the keys ok, error.", """{"error":"invalid_client"}""")]
    [InlineData("""{"error":{"code":5},"error_description":"No scope","key":"abc"}""", "The document has the keys error, error_description, key.", """{"error":{"code":5},"error_description":"No scope"}""")]
    [InlineData("""{"error":null,"data":{"jwt":"abc"}}""", "The document has the keys error, data.", null)]
    [InlineData("""{"error":"","error_description":"","jwt":"abc"}""", "The document has the keys error, error_description, jwt.", null)]
    [InlineData("""{"error":false,"jwt":"abc"}""", "The document has the keys error, jwt.", null)]
    [InlineData("""{"accessToken":"abc"}""", "returned no access_token. The document has the keys accessToken.", null)]
    [InlineData("<html>closed</html>", "returned no access_token. It is HTML or XML instead of JSON. Check -TokenUri, ", null)]
    [InlineData("abc", "returned no access_token. The answer is not valid JSON. Check -TokenUri.", null)]
    public async Task Read_TokenThatIsNone_SaysWhatTheAnswerIs(string answer, string says, string? detail)
    {
        using var service = new TestService(context => context.Json(answer));
        EtlException failure = await FailWithTokenAsync(service);
        Assert.Equal((FailureCodes.AuthenticationFailed, detail), (failure.Code, failure.Detail));
        Assert.Contains(says, failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(308, "redirects to {0}/token/. The client's secret is sent to -TokenUri only")]
    [InlineData(404, "answered 404 (Not Found). Check -TokenUri, -Scope and -TokenParameter.")]
    [InlineData(415, "Check -TokenUri, -Scope and -TokenParameter.")]
    [InlineData(400, "Check -ClientId, its secret, and -Scope.")]
    public async Task Read_TokenThatIsRefused_SaysWhatToCheck(int status, string says)
    {
        using var service = new TestService(context => status == 308 ? context.Redirect("/token/?x=1", status) : context.Status(status));
        Assert.Contains(says.Replace("{0}", service.Url, StringComparison.Ordinal), (await FailWithTokenAsync(service)).Message, StringComparison.Ordinal);
        Assert.Equal(1, service.Count);
    }

    [Fact]
    public async Task Read_TokenBehindAByteOrderMark_IsTaken()
    {
        using var service = new TestService(context => context.Json(context.Request.Path == "/token" ? "\uFEFF{\"access_token\":\"t1\"}" : """{"items":[]}"""));
        await Calls.ReadAsync(Calls.From(service) with { Connection = WithToken(service) });
        Assert.Equal("Bearer t1", service.Requests[1].Headers["Authorization"]);
    }

    [Fact]
    public async Task Read_RateLimit_SpacesTheRequests()
    {
        var times = new List<TimeSpan>();
        long began = TimeProvider.System.GetTimestamp();
        using var service = new TestService(context =>
        {
            times.Add(TimeProvider.System.GetElapsedTime(began));
            return context.Json($$"""{"items":[{"id":{{times.Count}}}],"next_page":{{(times.Count < 5 ? times.Count : "null")}}}""");
        });
        await Calls.ReadAsync(Calls.From(service) with { Connection = new ApiConnection { RateLimit = 10 } });
        // Timers may ring a little early.
        Assert.True(times[^1] - times[0] >= TimeSpan.FromMilliseconds(4 * 100 - 30), $"{times[^1] - times[0]}");
    }

    [Fact]
    public void Show_AnAddress_HasNoValues()
    {
        Assert.Equal("https://h.example/a/b?x&y", ApiAddress.Show(new Uri("https://user:pass@h.example/a/b?x=1&y=secret#frag")));
        Assert.Equal("cursor=empty", ApiAddress.ShowCursor(""));
        Assert.Equal("cursor=ca978112", ApiAddress.ShowCursor("a"));
    }

    private static ApiConnection WithToken(TestService service) => new()
    {
        AllowUnencryptedAuthentication = true,
        Authorization = ApiAuthorization.OAuth(new ApiTokenRequest { Uri = new Uri($"{service.Url}/token"), ClientId = "id", ClientSecret = "secret", Redactor = new Redactor() }),
    };

    private static async Task<EtlException> FailWithTokenAsync(TestService service) =>
        (await Calls.FailAsync(Calls.From(service) with { Connection = WithToken(service) })).Failure;
}
