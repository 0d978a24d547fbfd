using CsCheck;
using EtlTools.Engine.Telemetry;

namespace EtlTools.Engine.Tests.Telemetry;

public sealed class RedactorTests
{
    [Theory]
    [InlineData("Server=db;User Id=ada;Password=s3cret!;Database=x", "Server=db;User Id=ada;Password=***;Database=x")]
    [InlineData("Pwd='a;b';Timeout=5", "Pwd=***;Timeout=5")]
    [InlineData("{\"client_secret\": \"abc\", \"x\": 1}", "{\"client_secret\": ***, \"x\": 1}")]
    [InlineData("Authorization: Bearer abc.def.ghi-jkl", "Authorization: Bearer ***")]
    [InlineData("Authorization: Basic dXNlcjpwYXNz", "Authorization: Basic ***")]
    [InlineData("bearer abcdefghijklmnop failed", "bearer *** failed")]
    [InlineData("https://ada:pw@host:8080/a?x=1", "https://***@host:8080/a?x=1")]
    [InlineData("https://token@host/a", "https://***@host/a")]
    [InlineData("GET https://host/a?page=2&access_token=abc&y=3 failed", "GET https://host/a?page=2&access_token=***&y=3 failed")]
    [InlineData("https://host/a?sv=1&sig=abc%3D", "https://host/a?sv=1&sig=***")]
    [InlineData("X-Api-Key: 12345", "X-Api-Key: ***")]
    [InlineData("AccountKey=abc==;EndpointSuffix=core", "AccountKey=***;EndpointSuffix=core")]
    [InlineData("jwt eyJhbGciOiJI.eyJzdWIiOiIx.SflKxw here", "jwt *** here")]
    [InlineData("orders.csv:17: 'password' is not a decimal in the invariant culture.", "orders.csv:17: 'password' is not a decimal in the invariant culture.")]
    [InlineData("cursor=1a2b3c4d: the page came twice", "cursor=1a2b3c4d: the page came twice")]
    [InlineData("https://host/a@b and ada@example.org", "https://host/a@b and ada@example.org")]
    [InlineData("key column 'id' is not unique: author=ada", "key column 'id' is not unique: author=ada")]
    [InlineData("""{"body":"{\"user\":\"u\",\"password\":\"s3 \\\"c\"}"}""", """{"body":"{\"user\":\"u\",\"password\":***}"}""")]
    [InlineData("""{"password":"a\"b","x":1}""", """{"password":***,"x":1}""")]
    [InlineData("""{"Authorization":"OAuth oauth_token=\"t1\", oauth_signature=\"s1\"","x":1}""", """{"Authorization":***,"x":1}""")]
    [InlineData("""{"client_secret":"abc and the ans""", """{"client_secret":***""")]
    [InlineData("The session: closed. A sign of trouble: the design key. It's the token's fault.", "The session: closed. A sign of trouble: the design key. It's the token's fault.")]
    [InlineData("The signature of the file and the passphrase are wrong, the password 'x' too.", "The signature of the file and the passphrase are wrong, the password 'x' too.")]
    [InlineData("", "")]
    public void Redact_Text_LosesItsSecrets(string text, string expected) => Assert.Equal(expected, Redactor.Standard.Redact(text));

    [Fact]
    public void Redact_KnownSecret_IsFoundAnywhereAndInAnAddress()
    {
        var redactor = new Redactor();
        redactor.AddSecret("pass word/1");
        redactor.AddSecret("pass");
        redactor.AddSecret("abc");
        Assert.Equal("a *** b ***", redactor.Redact("a pass word/1 b pass%20word%2F1"));
        Assert.Equal("abc stays: it is too short, *** does not", redactor.Redact("abc stays: it is too short, pass does not"));
    }

    [Fact]
    public void AddSecret_OfMoreThanAreKept_ForgetsTheOldestWhateverItsLength()
    {
        var redactor = new Redactor();
        redactor.AddSecret("oldest");
        redactor.AddSecret("a-password-that-is-longer-than-all-the-others");
        for (int i = 0; i < 998; i++)
            redactor.AddSecret($"token{i}");
        redactor.AddSecret("newest");
        Assert.Equal("*** *** ***", redactor.Redact("a-password-that-is-longer-than-all-the-others token0 newest"));
        Assert.Equal("oldest", redactor.Redact("oldest"));
        for (int i = 0; i < 999; i++)
        {
            redactor.AddSecret("newest");
            redactor.AddSecret($"other{i}");
        }
        Assert.Equal("***, and token0 is forgotten", redactor.Redact("newest, and token0 is forgotten"));
    }

    [Fact]
    public void AddConnectionString_Secrets_AreKnown()
    {
        var redactor = new Redactor();
        redactor.AddConnectionString("Server=db;User Id=adalovelace;Password='it;is'");
        Assert.Equal("adalovelace said *** at db", redactor.Redact("adalovelace said it;is at db"));
        redactor.AddConnectionString("=nonsense=");
        Assert.Equal("***", redactor.Redact("=nonsense="));
    }

    [Fact]
    public void AddHeader_PartsOfACredential_AreKnown()
    {
        var redactor = new Redactor();
        redactor.AddHeader("Authorization", "OAuth realm=\"Photos\", oauth_consumer_key=\"consumer77\", oauth_token=\"token77\", oauth_signature=\"sig%3D77\"");
        redactor.AddHeader("X-Session-Id", "session77");
        redactor.AddHeader("X-Tenant", "tenant77");
        Assert.Equal("Photos *** *** *** *** tenant77", redactor.Redact("Photos consumer77 token77 sig=77 session77 tenant77"));
    }

    [Fact]
    public void SetPatterns_OwnForms_AreTaken()
    {
        var redactor = new Redactor();
        redactor.SetPatterns([@"\d{3}-\d{2}"]);
        Assert.Equal("no ***", redactor.Redact("no 123-45"));
        redactor.SetPatterns([@"(a+)+$"]);
        Assert.Equal(Redactor.Mask, redactor.Redact(new string('a', 40) + "!"));
        Assert.Equal(FailureCodes.InvalidParameter, Assert.Throws<EtlException>(() => redactor.SetPatterns(["("])).Code);
    }

    [Fact]
    public void Redact_AnyTextAroundASecret_NeverKeepsIt() =>
        Gen.Select(Gen.String[Gen.Char.AlphaNumeric, 8, 30], Gen.String, Gen.String).Sample((secret, before, after) =>
        {
            var redactor = new Redactor();
            redactor.AddSecret(secret);
            Assert.DoesNotContain(secret, redactor.Redact(before + secret + after), StringComparison.Ordinal);
        });

    [Fact]
    public void Redact_Twice_ChangesNothingMore() => Gen.String.Sample(text =>
    {
        string once = Redactor.Standard.Redact(text + " password=abc https://u:p@h/ Bearer abcdefghi");
        Assert.Equal(once, Redactor.Standard.Redact(once));
    });
}
