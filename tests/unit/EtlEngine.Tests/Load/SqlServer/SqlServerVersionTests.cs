using EtlTools.Engine.Load;
using EtlTools.Engine.Stages;
using EtlTools.Testing.SqlServer;
using EtlTools.Tests.Tds;

namespace EtlTools.Engine.Tests.Load.SqlServer;

/// <summary>Which servers are known. What versions and editions servers say is documented in
/// https://learn.microsoft.com/sql/t-sql/functions/serverproperty-transact-sql.</summary>
public sealed class SqlServerVersionTests
{
    private static readonly CatalogColumn[] Columns = [new("id", "int") { Nullable = false }];

    [Theory]
    [InlineData(5)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(12)]
    public async Task Open_AzureThatSaysVersion12_IsKnownByItsEdition(int edition)
    {
        await using var target = new ScriptedTarget(Columns) { EngineEdition = edition };
        target.Server.Version = 12;
        LoadRun run = await TestDatabase.LoadAsync(target.Options, [Rec.Of("id", 1)]);
        Assert.Equal(1, run.Summary.Loaded);
    }

    [Theory]
    [InlineData(11, 3)]
    [InlineData(12, 2)]
    [InlineData(12, 4)]
    [InlineData(12, 6)]
    public async Task Open_OlderServer_IsRefused(byte version, int edition)
    {
        await using var target = new ScriptedTarget(Columns) { EngineEdition = edition };
        target.Server.Version = version;
        EtlException error = await Assert.ThrowsAsync<EtlException>(() => TestDatabase.OpenAsync(target.Options));
        Assert.Contains("older than SQL Server 2016", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(LoadStep.Describe, target.Steps);
    }

    [Theory]
    [InlineData(13)]
    [InlineData(17)]
    public async Task Open_KnownServer_IsNotAskedForItsEdition(byte version)
    {
        await using var target = new ScriptedTarget(Columns);
        target.Server.Version = version;
        await using LoadStage stage = await TestDatabase.OpenAsync(target.Options);
        Assert.DoesNotContain(LoadStep.Edition, target.Steps);
    }

    [Fact]
    public async Task Open_LoginOfAnotherLanguage_GetsEnglishMessagesAndKeepsItsDates()
    {
        await using var target = new ScriptedTarget(Columns);
        await using LoadStage stage = await TestDatabase.OpenAsync(target.Options);
        string settings = target.Server.Requests.OfType<BatchRequest>().First(request => ScriptedTarget.StepOf(request) == LoadStep.Settings).Text;
        // SET LANGUAGE sets both: https://learn.microsoft.com/sql/t-sql/statements/set-language-transact-sql
        int language = settings.IndexOf("SET LANGUAGE us_english", StringComparison.Ordinal);
        Assert.True(language > settings.IndexOf("@@DATEFIRST", StringComparison.Ordinal));
        Assert.True(language < settings.IndexOf("SET DATEFIRST @first", StringComparison.Ordinal) && language < settings.IndexOf("SET DATEFORMAT @format", StringComparison.Ordinal));
    }
}
