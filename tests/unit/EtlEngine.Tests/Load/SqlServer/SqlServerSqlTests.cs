using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using EtlTools.Engine.Load;
using EtlTools.Engine.Load.SqlServer;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace EtlTools.Engine.Tests.Load.SqlServer;

/// <summary>Every statement, over a matrix of tables and options: parsed by Microsoft's own T-SQL parser, and kept in a file that
/// shows every change.</summary>
public sealed class SqlServerSqlTests
{
    private static readonly SqlServerType[] Types =
    [
        Of("bit"), Of("tinyint"), Of("smallint"), Of("int"), Of("bigint"), Of("decimal", 9, 18, 4), Of("numeric", 17, 38, 10), Of("money"), Of("smallmoney"),
        Of("real"), Of("float"), Of("date"), Of("time", 5, 0, 7), Of("smalldatetime"), Of("datetime"), Of("datetime2", 8, 0, 3), Of("datetimeoffset", 10, 0, 7),
        Of("uniqueidentifier"), Of("char", 10), Of("varchar", 50), Of("varchar", -1), Of("text", 16), Of("nchar", 20), Of("nvarchar", 100), Of("nvarchar", -1),
        Of("ntext", 16), Of("binary", 16), Of("varbinary", 16), Of("varbinary", -1), Of("image", 16), Of("xml", -1), Of("json", -1),
    ];

    public static TheoryData<string> TableNames => [.. Tables().Select(table => table.Key)];

    [Theory]
    [MemberData(nameof(TableNames))]
    public void Statements_OfATable_ParseAsSqlServer2016To2025(string table)
    {
        (string Name, string Text)[] statements = [.. Statements(Tables()[table])];
        Assert.NotEmpty(statements);
        foreach ((string name, string text) in statements)
        {
            RequireParsed(name, text);
        }
    }

    [Fact]
    public void Statements_OfEveryTable_AreThoseOfTheSnapshot()
    {
        var text = new StringBuilder("-- Every statement that is sent to SQL Server. To renew it: ETLTOOLS_RENEW_SNAPSHOTS=1.\n");
        foreach ((string name, string statement) in Fixed())
            text.Append(CultureInfo.InvariantCulture, $"\n-- {name}\n{statement}\n");
        foreach ((string table, Case @case) in Tables())
        {
            foreach ((string name, string statement) in Statements(@case))
                text.Append(CultureInfo.InvariantCulture, $"\n-- {table}: {name}\n{statement}\n");
        }
        string now = text.ToString().ReplaceLineEndings("\n");
        string path = SnapshotPath();
        if (Environment.GetEnvironmentVariable("ETLTOOLS_RENEW_SNAPSHOTS") == "1")
            File.WriteAllText(path, now);
        Assert.Equal(File.ReadAllText(path).ReplaceLineEndings("\n"), now);
    }

    [Fact]
    public void FixedStatements_OfTheDialect_Parse()
    {
        foreach ((string name, string text) in Fixed())
        {
            RequireParsed(name, text);
        }
    }

    [Fact]
    public void Upsert_OddNames_KeepsEachNameOneIdentifier()
    {
        Case odd = Tables()["odd names"];
        string text = new SqlServerUpsert(odd.Table, odd.Table.Columns, odd.Options, skipsRows: false).Text;
        var names = new IdentifierCollector();
        new TSql160Parser(true).Parse(new StringReader(text), out _).Accept(names);
        Assert.Superset(odd.Table.Columns.Select(column => column.Name).ToHashSet(), names.Found);
    }

    [Fact]
    public void NewColumns_TypeOfTheCall_IsTheColumnsType()
    {
        TargetColumn price = Column("price", Of("float")) with { DeclaredType = "decimal(12,2)" };
        SqlServerTable table = Table("t", ["id"], Column("id", Of("int"), notNull: true), price);
        Assert.Contains("[id] int NOT NULL, [price] decimal(12,2) NULL,", SqlServerSql.CreateTable(table), StringComparison.Ordinal);
        Assert.Contains("ADD [price] decimal(12,2) NULL;", SqlServerSql.AddColumn(table, price), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 5_000)]
    [InlineData(1, 500)]
    [InlineData(5, 2_500)]
    [InlineData(30, 5_000)]
    public void Lock_ShortTimeOut_EndsItsWaitBefore(int seconds, int milliseconds)
    {
        string wait = string.Create(CultureInfo.InvariantCulture, $"SET LOCK_TIMEOUT {milliseconds};");
        Assert.StartsWith(wait, SqlServerSql.Lock(new TableName("dbo", "t"), seconds), StringComparison.Ordinal);
        Assert.StartsWith(wait, SqlServerWholeTable.Lock(new TableName("dbo", "t"), seconds), StringComparison.Ordinal);
    }

    /// <summary>The parsers of compatibility levels 130 (2016) to 170 (2025 and Azure).</summary>
    private static void RequireParsed(string name, string text)
    {
        foreach (TSqlParser parser in new TSqlParser[] { new TSql130Parser(true), new TSql140Parser(true), new TSql150Parser(true), new TSql160Parser(true), new TSql170Parser(true) })
        {
            parser.Parse(new StringReader(text), out IList<ParseError> errors);
            Assert.True(errors.Count == 0, $"{parser.GetType().Name}, {name}: {string.Join("; ", errors.Select(error => $"{error.Line}:{error.Column} {error.Message}"))}\n{text}");
        }
    }

    private static SqlServerType Of(string name, int maxLength = 0, int precision = 0, int scale = 0) => SqlServerTypes.Of(name, maxLength, precision, scale);

    private static TargetColumn Column(string name, SqlServerType type, bool notNull = false) => new()
    {
        Name = name,
        DeclaredType = type.Sql,
        Type = type is SqlServerText && type.Sql != "json" ? type with { Collation = "Latin1_General_100_CI_AS" } : type,
        NotNull = notNull,
    };

    private static SqlServerTable Table(string name, string[] key, params TargetColumn[] columns) => new()
    {
        Name = new TableName("dbo", name),
        Columns = columns,
        Key = [.. key.Select(k => columns.Single(column => column.Name == k))],
    };

    private static LoadOptions Load => new() { Provider = "SqlServer", Table = "t", Key = ["id"] };

    private static Dictionary<string, Case> Tables()
    {
        TargetColumn id = Column("id", Of("int"), notNull: true);
        TargetColumn name = Column("name", Of("nvarchar", 100));
        TargetColumn number = Column("number", Of("bigint"), notNull: true) with { IsIdentity = true, KeepsValue = true };
        SqlServerTable plain = Table("plain", ["id"], id, name, Column("amount", Of("decimal", 9, 18, 4)));
        return new Dictionary<string, Case>
        {
            ["plain"] = new(plain, Load),
            ["plain, -UseMerge"] = new(plain, Load with { Specific = new SqlServerOptions { UseMerge = true } }),
            ["plain, -InsertOnly"] = new(plain, Load with { InsertOnly = true }),
            ["plain, -InsertOnly -UseMerge"] = new(plain, Load with { InsertOnly = true, Specific = new SqlServerOptions { UseMerge = true } }),
            ["plain, -SkipUnchanged"] = new(plain, Load with { SkipUnchanged = true }),
            ["plain, -SkipUnchanged -UseMerge"] = new(plain, Load with { SkipUnchanged = true, Specific = new SqlServerOptions { UseMerge = true } }),
            ["plain, -UpdateColumn name"] = new(plain, Load with { UpdateColumn = ["name"] }),
            ["plain, -UpdateWhenNewer amount"] = new(plain, Load with { UpdateWhenNewer = "amount" }),
            ["plain, -UpdateWhenNewer amount -SkipUnchanged -UseMerge"] = new(plain, Load with { UpdateWhenNewer = "amount", SkipUnchanged = true, Specific = new SqlServerOptions { UseMerge = true } }),
            ["without the column of -UpdateWhenNewer"] = new(plain with { Columns = [id, name] }, Load with { UpdateWhenNewer = "amount" }),
            ["-Mode Append"] = new(plain with { Key = [] }, Load with { Mode = LoadMode.Append, Key = [] }),
            ["-Mode Append with a trigger"] = new(plain with { Key = [], OrderMatters = true, IsWatched = true }, Load with { Mode = LoadMode.Append, Key = [] }),
            ["-DeleteMissing"] = new(plain, Load with { DeleteMissing = true, MissingScope = new Dictionary<string, object?> { ["name"] = "a", ["amount"] = null } }),
            ["-DeleteMissing -DeletedColumn -SkipUnchanged, a bit"] = new(
                Table("marked", ["id"], id, name, Column("gone", Of("bit"))), Load with { DeleteMissing = true, SkipUnchanged = true, DeletedColumn = "gone", MissingScope = new Dictionary<string, object?> { ["name"] = "a" } }),
            ["-DeleteMissing -DeletedColumn, a time"] = new(
                Table("marked", ["id", "code"], id, Column("code", Of("char", 5), notNull: true), Column("gone at", Of("datetime2", 8, 0, 3))), Load with { DeleteMissing = true, DeletedColumn = "gone at" }),
            ["key only"] = new(Table("key only", ["id"], id), Load),
            ["nothing to update"] = new(plain with { Columns = [id, name] }, Load with { UpdateColumn = ["amount"] }),
            ["no unique key"] = new(plain with { HasUniqueKey = false }, Load),
            ["another unique column, or a trigger"] = new(plain with { OrderMatters = true }, Load),
            ["another unique column, or a trigger, -UseMerge"] = new(plain with { OrderMatters = true }, Load with { Specific = new SqlServerOptions { UseMerge = true } }),
            ["composite key"] = new(
                Table("composite", ["region", "id"], id, Column("region", Of("varchar", 10), notNull: true), name), Load),
            ["identity kept"] = new(Table("identity", ["code"], number, Column("code", Of("char", 5), notNull: true), name), Load with { Specific = new SqlServerOptions { KeepIdentity = true } }),
            ["numbered by the server"] = new(Table("numbered", ["code"], number with { IsLeftOut = true }, Column("code", Of("char", 5), notNull: true), name), Load),
            ["identity as key"] = new(Table("identity key", ["number"], number, name), Load with { Specific = new SqlServerOptions { KeepIdentity = true, UseMerge = true } }),
            ["odd names"] = new(
                Table("o'dd ]table[; DROP TABLE x --", ["i]d"], Column("i]d", Of("int"), notNull: true), Column("select", Of("nvarchar", 40)), Column("a b", Of("int")), Column("x'y\"z", Of("date"))), Load),
            ["every type"] = new(Table("types", ["id"], [id, .. Types.Select((type, i) => Column($"v{i}", type))]), Load with { SkipUnchanged = true }),
        };
    }

    private static IEnumerable<(string Name, string Text)> Statements(Case @case)
    {
        (SqlServerTable table, LoadOptions options) = @case;
        TargetColumn[] columns = [.. table.Columns.Where(column => !column.IsLeftOut)];
        yield return ("staging", SqlServerSql.CreateStaging(table, columns));
        if (table.Key.Count > 0)
            yield return ("duplicates", SqlServerSql.Duplicates(table));
        yield return ("upsert", Declared(new SqlServerUpsert(table, columns, options, skipsRows: false).Text));
        yield return ("upsert without some rows", Declared(new SqlServerUpsert(table, columns, options, skipsRows: true).Text, ", @first varbinary(max) = 0x00000001"));
        yield return ("create table", SqlServerSql.CreateTable(table));
        yield return ("add column", SqlServerSql.AddColumn(table, table.Columns[^1]));
        yield return ("lock", SqlServerSql.Lock(table.Name, seconds: 30));
        yield return ("alter column", SqlServerSql.AlterColumn(table.Name, table.Columns[^1]));
        if (table.Key.Count > 0)
            yield return ("create unique index", SqlServerSql.CreateUniqueIndex(table.Name, table.Key));
        if (!options.DeleteMissing)
            yield break;
        const string scope = "DECLARE @scope0 nvarchar(4000) = N'a';\n";
        yield return ("lock for a whole load", SqlServerWholeTable.Lock(table.Name, seconds: 30));
        yield return ("delete all", SqlServerWholeTable.DeleteAll(table.Name));
        yield return ("keys that came", SqlServerWholeTable.CreateSeen(table));
        yield return ("keep keys", SqlServerWholeTable.KeepKeys(table));
        yield return ("try scope", scope + SqlServerWholeTable.TryScope(table, options));
        if (options.RequiresScope)
            yield return ("find outside", scope + SqlServerWholeTable.FindOutside(table, options));
        yield return ("delete missing", scope + SqlServerWholeTable.DeleteMissing(table, options));
        if (options.DeletedColumn is null)
            yield break;
        yield return ("mark", scope + SqlServerWholeTable.Mark(table, table.Find(options.DeletedColumn)!, options));
        yield return ("unmark", SqlServerWholeTable.Unmark(table, table.Find(options.DeletedColumn)!));
    }

    private static IEnumerable<(string Name, string Text)> Fixed()
    {
        yield return ("settings", SqlServerSql.Settings);
        yield return ("edition", SqlServerSql.EngineEdition);
        yield return ("begin", SqlServerSql.Begin);
        yield return ("savepoint", SqlServerSql.Save);
        yield return ("back to the savepoint", SqlServerSql.GoBack);
        yield return ("savepoint of a batch", SqlServerWholeTable.SaveBatch);
        yield return ("back to the savepoint of a batch", SqlServerWholeTable.GoBackBatch);
        yield return ("references", "DECLARE @table nvarchar(520) = N'[dbo].[t]';\n" + SqlServerWholeTable.References);
        yield return ("commit", SqlServerSql.Commit);
        yield return ("rollback", SqlServerSql.Rollback);
        yield return ("transaction state", SqlServerSql.TransactionState);
        yield return ("probe", SqlServerSql.Probe);
        yield return ("clear staging", SqlServerSql.ClearStaging);
        yield return ("claim", "DECLARE @name nvarchar(200) = N'x', @quoted nvarchar(520) = N'[etl_watermark]', @wait int = 5000;\n" + SqlServerSql.WatermarkLock);
        yield return ("describe", "DECLARE @table nvarchar(520) = N'[dbo].[t]';\n" + SqlServerCatalog.Describe);
        yield return ("tables", SqlServerCatalog.Names.Tables);
        yield return ("columns", "DECLARE @schema nvarchar(128), @name nvarchar(128) = N't';\n" + SqlServerCatalog.Names.Columns);
        WatermarkSql watermarks = SqlServerSql.Watermarks(new TableName("etl", "etl_watermark"));
        yield return ("watermarks", watermarks.Create);
        yield return ("watermarks there", watermarks.Exists);
    }

    /// <summary>Parameters as the driver declares them.</summary>
    private static string Declared(string text, string more = "") => $"DECLARE @from int = 0, @to int = 5{more};\n{text}";

    private static string SnapshotPath([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "SqlServer.statements.sql");

    private sealed record Case(SqlServerTable Table, LoadOptions Options);

    private sealed class IdentifierCollector : TSqlFragmentVisitor
    {
        public HashSet<string> Found { get; } = [];

        public override void Visit(Identifier node) => Found.Add(node.Value);
    }
}
