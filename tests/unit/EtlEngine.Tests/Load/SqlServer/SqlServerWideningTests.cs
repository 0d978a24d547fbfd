using EtlTools.Engine.Load;
using EtlTools.Engine.Load.SqlServer;
using EtlTools.Engine.Records;
using EtlTools.Testing.SqlServer;
using EtlTools.Tests.Tds;

namespace EtlTools.Engine.Tests.Load.SqlServer;

public sealed class SqlServerWideningTests
{
    public static TheoryData<string, object, string?> Values => new()
    {
        { "tinyint", 300, "smallint" },
        { "tinyint", 40_000, "int" },
        { "smallint", 3_000_000_000, "bigint" },
        { "int", 1.5m, "decimal(11,1)" },
        { "bigint", "12345678901234567890.25", "decimal(22,2)" },
        { "decimal(6,2)", "1.2345", "decimal(8,4)" },
        { "decimal(6,2)", 123_456.50m, "decimal(8,2)" },
        { "decimal(38,10)", "0.12345678901", null },
        { "real", 1e300, "float" },
        { "nvarchar(5)", "abcdefgh", "nvarchar(10)" },
        { "nvarchar(4000)", new string('x', 4001), "nvarchar(max)" },
        { "varchar(5)", "abcdefghijk", "varchar(20)" },
        { "varchar(5)", "a\u4e00", null },
        { "nchar(5)", "abcdefgh", null },
        { "date", new DateTime(2026, 2, 3, 4, 5, 6, DateTimeKind.Unspecified), "datetime2(7)" },
        { "int", "seven", null },
        { "int", 5, null },
        { "bit", "perhaps", null },
    };

    [Theory]
    [MemberData(nameof(Values))]
    public void Of_Value_IsTheNarrowestTypeThatTakesIt(string type, object value, string? wider)
    {
        SqlServerType column = TypeOf(type);
        Record record = Rec.Of("v", value);
        TargetType? found = column.Accepts(record, 0) ? null : column.Wider(record, 0).FirstOrDefault(candidate => candidate.Accepts(record, 0));
        Assert.Equal(wider, found?.Sql);
        Assert.Equal(found is null ? null : column.Collation, found?.Collation);
    }

    [Fact]
    public async Task Evolve_ValueThatAWiderTypeTakes_AltersUnderALockAndLoadsAll()
    {
        await using var target = new ScriptedTarget(new("id", "int") { Nullable = false }, new("v", "smallint", 2) { Nullable = false });
        var texts = new List<string>();
        target.Instead = (step, request) =>
        {
            if (step != LoadStep.Other || request is not BatchRequest { Text: var text })
                return null;
            texts.Add(text);
            if (text.StartsWith("ALTER", StringComparison.Ordinal))
                target.Columns = [target.Columns[0], target.Columns[1] with { Type = "bigint", MaxLength = 8 }];
            return new TdsReply();
        };
        LoadRun run = await TestDatabase.LoadAsync(
            target.Options with { SchemaChange = SchemaChange.Evolve, BatchSize = 10 }, Enumerable.Range(0, 30).Select(i => Rec.Of("id", i, "v", i == 15 ? 3_000_000_000L : i)));
        Assert.Equal(30, run.Summary.Loaded);
        Assert.Contains("'v' of 'dbo.orders' from smallint to bigint.", Assert.Single(run.Warnings), StringComparison.Ordinal);
        Assert.Equal(2, texts.Count);
        Assert.Contains("WITH (TABLOCKX, HOLDLOCK)", texts[0], StringComparison.Ordinal);
        Assert.Equal("ALTER TABLE [dbo].[orders] ALTER COLUMN [v] bigint NOT NULL;", texts[1]);
        Assert.Contains(3_000_000_000L, target.Rows.Select(row => row[1]));
    }

    [Fact]
    public async Task Evolve_ServerRefuses_SaysWhyOnceAndFailsTheRecords()
    {
        await using var target = new ScriptedTarget(new("id", "int") { Nullable = false }, new("v", "smallint", 2));
        target.Instead = (step, request) => step != LoadStep.Other || request is not BatchRequest { Text: var text } ? null
            : text.StartsWith("ALTER", StringComparison.Ordinal) ? new TdsReply().Error(5074, "The index 'ix_v' is dependent on column 'v'.").Error(4922, "ALTER TABLE ALTER COLUMN v failed because one or more objects access this column.")
            : new TdsReply();
        LoadRun run = await TestDatabase.LoadAsync(
            target.Options with { SchemaChange = SchemaChange.Evolve, BatchSize = 10 }, Enumerable.Range(0, 30).Select(i => Rec.Of("id", i, "v", i % 10 == 5 ? 70_000 : i)));
        Assert.Equal((27L, 3), (run.Summary.Loaded, run.Output.Count));
        Assert.Contains("5074", Assert.Single(run.Warnings), StringComparison.Ordinal);
        Assert.Single(target.Server.Requests.OfType<BatchRequest>(), request => request.Text.StartsWith("ALTER", StringComparison.Ordinal));
        Assert.Contains(LoadStep.Rollback, target.Steps);
    }

    private static SqlServerType TypeOf(string declared)
    {
        string name = declared.Split('(')[0];
        int[] numbers = [.. declared.Contains('(', StringComparison.Ordinal) ? declared[(name.Length + 1)..^1].Split(',').Select(number => int.Parse(number, null)) : []];
        bool isText = name.Contains("char", StringComparison.Ordinal);
        SqlServerType type = numbers is [var precision, var scale] ? SqlServerTypes.Of(name, 17, precision, scale)
            : SqlServerTypes.Of(name, numbers is [var length] ? name[0] == 'n' ? length * 2 : length : 0, 0, 0);
        return (type is SqlServerCodePageText text
            ? text with { Encoding = System.Text.CodePagesEncodingProvider.Instance.GetEncoding(1252, System.Text.EncoderFallback.ExceptionFallback, System.Text.DecoderFallback.ReplacementFallback) }
            : type) with
        { Collation = isText ? "Latin1_General_100_CI_AS" : null };
    }
}
