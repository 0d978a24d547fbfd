using EtlTools.Engine.Load;
using EtlTools.Engine.Load.Postgres;
using EtlTools.Engine.Telemetry;
using EtlTools.Testing;
using Npgsql;

namespace EtlTools.Engine.Tests.Load;

public sealed class PostgresUriTests
{
    [Theory]
    [InlineData("postgresql://db/shop", "Host=db;Database=shop")]
    [InlineData("postgres://etl@db:5433/shop", "Host=db;Port=5433;Database=shop;Username=etl")]
    [InlineData("postgresql://etl%40corp:p%40s%2Fs%3A%25@db.example.org/my%20shop?sslmode=verify-full&application_name=a%26b", "Host=db.example.org;Database=my shop;Username=etl@corp;Password=p@s/s:%;SSL Mode=VerifyFull;Application Name=a&b")]
    [InlineData("postgresql://[::1]:6432/shop?connect_timeout=7", "Host=::1;Port=6432;Database=shop;Timeout=7")]
    [InlineData("postgresql://a:1,b:2/shop?target_session_attrs=primary", "Host=a:1,b:2;Database=shop;Target Session Attributes=primary")]
    [InlineData("postgresql:///shop?host=db&user=etl&password=x", "Host=db;Database=shop;Username=etl;Password=x")]
    public void Parse_Uri_SaysWhatTheKeywordsSay(string uri, string keywords) =>
        Assert.True(new NpgsqlConnectionStringBuilder(keywords).EquivalentTo(PostgresUri.Parse(uri)), PostgresUri.Parse(uri).ConnectionString);

    [Theory]
    [InlineData("postgresql://etl:SECRET@db/shop?sslmod=require", "sslmod")]
    [InlineData("postgresql://etl:SECRET@db/shop?sslmode=perhaps", "sslmode")]
    [InlineData("postgresql://etl:SECRET@db:port/shop", "postgresql://user:password@host")]
    [InlineData("Host=db;dbname=shop;Password=SECRET", "'dbname' is libpq's name: write Database")]
    [InlineData("host=db dbname=shop user=etl password=SECRET", "'dbname' after a space")]
    [InlineData("Host=db;Databse=shop;Password=SECRET", "'databse'")]
    public void Parse_WrongName_IsNamedWithoutASecret(string text, string named)
    {
        EtlException e = Assert.Throws<EtlException>(() => PostgresSource.Parse(new TargetOptions { ConnectionString = text }));
        Assert.Contains(named, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("SECRET", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "db:0", "-ServerInstance")]
    [InlineData("", "db,99999", "-ServerInstance")]
    [InlineData("", "db:99999999999999999999", "-ServerInstance")]
    [InlineData("Host=db;Port=99999", null, "-ConnectionString")]
    [InlineData("postgresql://db:99999/shop", null, "-ConnectionString")]
    [InlineData("postgresql://db/shop?port=99999", null, "-ConnectionString")]
    [InlineData("postgresql://db:0/shop", null, "-ConnectionString")]
    public void Parse_PortThatCannotExist_IsRefused(string text, string? server, string parameter)
    {
        EtlException e = Assert.Throws<EtlException>(() => PostgresSource.Parse(new TargetOptions { ConnectionString = text, Server = server }));
        Assert.Equal(FailureCodes.InvalidConnectionString, e.Code);
        Assert.StartsWith(parameter, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("db", "db:5432")]
    [InlineData("db:65535", "db:65535")]
    [InlineData("db,6433", "db:6433")]
    [InlineData("fe80::1", "fe80::1:5432")]
    public void Parse_Server_IsAHostAndItsPort(string server, string name) =>
        Assert.StartsWith($"{name}/", PostgresSource.Parse(new TargetOptions { ConnectionString = "", Server = server }).Name, StringComparison.Ordinal);

    [Theory]
    [InlineData("Host=db", "6433", "db:6433")]
    [InlineData("postgresql://db/shop", "6433", "db:6433")]
    [InlineData("Host=db;Port=5433", "6433", "db:5433")]
    [InlineData("postgresql://db:5432/shop", "6433", "db:5432")]
    [InlineData("Host=db", "port", null)]
    public void Parse_PortOfTheEnvironment_IsUsedWhereNoneIsGiven(string text, string port, string? server)
    {
        Environment.SetEnvironmentVariable("PGPORT", port);
        try
        {
            if (server is null)
                Assert.Contains("PGPORT", Assert.Throws<EtlException>(() => PostgresSource.Parse(new TargetOptions { ConnectionString = text })).Message, StringComparison.Ordinal);
            else
                Assert.StartsWith($"{server}/", PostgresSource.Parse(new TargetOptions { ConnectionString = text }).Name, StringComparison.Ordinal);
        }
        finally
        {
            Environment.SetEnvironmentVariable("PGPORT", null);
        }
    }

    [Fact]
    public void Redactor_Uri_HidesThePasswordInBothForms()
    {
        var redactor = new Redactor();
        redactor.AddConnectionString("postgresql://etl:p%40ssword/1@db/shop?sslpassword=key%20word");
        Assert.Equal($"{Redactor.Mask} {Redactor.Mask} {Redactor.Mask}", redactor.Redact("p%40ssword/1 p@ssword/1 key word"));
    }

    [Fact]
    public async Task Load_Uri_IsPostgres()
    {
        using var db = new PostgresTestTarget("CREATE TABLE t (id INTEGER PRIMARY KEY)");
        var builder = new NpgsqlConnectionStringBuilder(db.ConnectionString);
        string uri = $"postgresql://{builder.Username}:{Uri.EscapeDataString(builder.Password!)}@{builder.Host}:{builder.Port}/{builder.Database}?options=-csearch_path%3D{db.Schema}";
        LoadRun run = await TestDatabase.LoadAsync(new LoadOptions { ConnectionString = uri, Table = "t", Key = ["id"] }, [Rec.Of("id", 1)]);
        Assert.Equal(("PostgreSQL", 1L), (run.Summary.Provider, run.Summary.Loaded));
        Assert.Equal(["1"], db.Rows("SELECT id FROM t"));
    }
}
