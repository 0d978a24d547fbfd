using EtlTools.Engine.Load;
using EtlTools.Engine.Load.Postgres;
using EtlTools.Engine.Load.Staged;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Tests.Load;

public sealed class BatchPiecesTests
{
    public enum Kind
    {
        Plain,
        OrderMatters,
        EachRowCounts,
        InsertOnly,
        Newer,
        UpdateColumn,
        OneByOne,
    }

    /// <summary>A key a row; with ! a refused one, with + one that has another column.</summary>
    [Theory]
    [InlineData(Kind.Plain, "1 2 3", "0-3: 0,1,2")]
    [InlineData(Kind.Plain, "1 2 1", "0-3: 1,2 without 0")]
    [InlineData(Kind.Plain, "1 2 1!", "0-3: 0,1 without 2")]
    [InlineData(Kind.Plain, "1 2+ 3+ 4", "0-1: 0 | 1-3: 1,2 | 3-4: 3")]
    [InlineData(Kind.Plain, "1! 2!", "")]
    [InlineData(Kind.OrderMatters, "1 2 1 2 1", "0-2: 0,1 | 2-4: 2,3 | 4-5: 4")]
    [InlineData(Kind.EachRowCounts, "1 2 1 1", "0-4: 0,1 without 2,3; 2 without 0,1,3; 3 without 0,1,2")]
    [InlineData(Kind.EachRowCounts, "1 1! 1", "0-3: 0 without 1,2; 2 without 0,1")]
    [InlineData(Kind.InsertOnly, "1 2 1", "0-3: 0,1 without 2")]
    [InlineData(Kind.Newer, "1 1", "0-2: 0 without 1; 1 without 0")]
    [InlineData(Kind.UpdateColumn, "1 1", "0-2: 0 without 1; 1 without 0")]
    [InlineData(Kind.OneByOne, "1 2! 3", "0-2: 0 without 1 | 2-3: 2")]
    public void Of_Range_IsSplitAsTheTableNeedsIt(Kind kind, string keys, string expected)
    {
        using var made = new Made(kind, keys.Split(' '));
        Assert.Equal(expected, string.Join(" | ", made.Pieces.Of(new RowRange(0, made.Batch.Count)).Select(Show)));

        static string Show(Piece piece) => $"{piece.Range.Start}-{piece.Range.End}: " + string.Join("; ", piece.Layers.Select(
            layer => string.Join(',', layer) + (piece.Without(layer) is [_, ..] without ? $" without {string.Join(',', without)}" : "")));
    }

    [Fact]
    public void Of_AnyBatch_WritesEachKeyInOrderAndLeavesOutOnlyWhatAnotherStandsFor()
    {
        var random = new Random(16);
        for (int round = 0; round < 600; round++)
        {
            Kind kind = (Kind)random.Next(7);
            string[] keys = [.. Enumerable.Range(0, random.Next(1, 25)).Select(_ => $"{random.Next(6)}{(random.Next(5) == 0 ? "!" : "")}{(random.Next(4) == 0 ? "+" : "")}")];
            using var made = new Made(kind, keys);
            int middle = random.Next(keys.Length + 1);
            Piece[] pieces = [.. made.Pieces.Of(new RowRange(0, middle)), .. made.Pieces.Of(new RowRange(middle, keys.Length))];
            var written = new List<int>();
            foreach (Piece piece in pieces)
            {
                Assert.All(piece.Layers, layer => Assert.Equal(layer.Length, layer.Select(made.KeyOf).Distinct().Count()));
                Assert.All(piece.LeftOut, row => Assert.Contains(
                    piece.Layers[0], other => made.KeyOf(other) == made.KeyOf(row) && (kind == Kind.InsertOnly ? other < row : other > row)));
                Assert.All(piece.Layers.SelectMany(layer => layer), row => Assert.Same(piece.Plan, made.Rows.PlanOf(row)));
                written.AddRange(piece.Layers.SelectMany(layer => layer));
            }
            foreach (IGrouping<int, int> ofKey in written.GroupBy(made.KeyOf))
                Assert.Equal(ofKey.Order(), ofKey);
            Assert.Equal(Enumerable.Range(0, keys.Length).Where(made.Batch.IsGood), written.Concat(pieces.SelectMany(piece => piece.LeftOut)).Order());
        }
    }

    /// <summary>A batch whose keys are known to come again.</summary>
    private sealed class Made : IDisposable
    {
        private readonly string[] _keys;

        public Made(Kind kind, string[] keys)
        {
            _keys = keys;
            var options = new LoadOptions
            {
                Provider = "PostgreSQL",
                ConnectionString = "Host=h",
                Table = "t",
                Key = ["id"],
                Mode = kind == Kind.InsertOnly ? LoadMode.Insert : LoadMode.Upsert,
                UpdateColumn = kind == Kind.UpdateColumn ? ["v"] : null,
                UpdateWhenNewer = kind == Kind.Newer ? "v" : null,
            };
            Record wide = Rec.Of("id", 1, "v", "x", "w", "x");
            (TargetColumn[] columns, TargetColumn[] key) = NewTable.Define(options, wide, (index, _) => PostgresTypes.For(wide, index));
            var table = new PostgresTable
            {
                Name = TableName.Parse("t"),
                Columns = columns,
                Key = key,
                OrderMatters = kind == Kind.OrderMatters,
                EachRowCounts = kind == Kind.EachRowCounts,
            };
            Rows = new PostgresRows(new StagedPlans(table, options), () => false);
            Batch = new Batch(Rows);
            for (int row = 0; row < keys.Length; row++)
                Batch.Add(new RoutedRecord(keys[row].Contains('+', StringComparison.Ordinal) ? Rec.Of("id", KeyOf(row), "v", "x", "w", "x") : Rec.Of("id", KeyOf(row), "v", "x"), row, 0, null, null));
            for (int row = 0; row < keys.Length; row++)
            {
                if (keys[row].Contains('!', StringComparison.Ordinal))
                    Batch.Refuse(row, new RowFault(ErrorCodes.CheckViolation, "No."));
            }
            var pairs = Enumerable.Range(0, keys.Length).GroupBy(KeyOf).SelectMany(rows => rows.Zip(rows.Skip(1)));
            Pieces = new BatchPieces(Batch, table, options, _ => kind == Kind.OneByOne) { Duplicates = new Duplicates(pairs) };
        }

        public Batch Batch { get; }

        public PostgresRows Rows { get; }

        public BatchPieces Pieces { get; }

        public int KeyOf(int row) => _keys[row][0] - '0';

        public void Dispose() => Batch.Dispose();
    }
}
