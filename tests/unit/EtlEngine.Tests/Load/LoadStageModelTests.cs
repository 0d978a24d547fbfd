using CsCheck;
using EtlTools.Engine.DeadLetters;
using EtlTools.Engine.Load;

namespace EtlTools.Engine.Tests.Load;

public class LoadStageModelTests
{
    private const string Table =
        "CREATE TABLE t (id TEXT COLLATE NOCASE PRIMARY KEY, n INTEGER NOT NULL DEFAULT 5 CHECK (n < 8), u TEXT UNIQUE, must TEXT NOT NULL)";

    private static readonly Gen<Row> Rows = Gen.Select(
        OneOf("a", "A", "b", "c", "d", "e", "f", null),
        OneOf(1, 2L, "3", "x", 9, null, Row.Absent),
        OneOf("p", "q", "r", "s", null, Row.Absent),
        OneOf("m", null, Row.Absent, "m", "m"),
        Gen.Int[0, 9],
        (id, n, u, must, failed) => new Row((string?)id, n, u, must, failed == 0));

    private static Gen<object?> OneOf(params object?[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    [Fact]
    public Task Load_AnyStream_SumsHoldAndTheTableIsTheModelsWhateverTheBatches() =>
        Gen.Select(Rows.Array[0, 60], Gen.Int[1, 70], Gen.Int[1, 40], Gen.Bool, Gen.Bool).SampleAsync(
            async (rows, batchSize, bufferSize, passThru, deadLetter) =>
            {
                using var db = new TestDatabase(Table);
                var model = new Model();
                bool[] good = [.. rows.Select(model.Apply)];
                LoadOptions options = db.Options with
                {
                    BatchSize = batchSize,
                    BufferSize = bufferSize,
                    PassThru = passThru,
                    DeadLetterPath = deadLetter ? db.DeadLetter : null,
                };
                // The first record settles the columns, so it has them all.
                LoadRun run = await TestDatabase.LoadAsync(options, rows.Select(row => row.ToRecord()).Prepend(Row.First.ToRecord()));
                Assert.Equal(model.Lines, db.Rows("SELECT id, n, u, must FROM t WHERE id <> 'first' ORDER BY lower(id)"));
                int bad = good.Count(ok => !ok);
                Assert.Equal(bad, deadLetter ? run.Summary.DeadLettered : run.Summary.Errors);
                Assert.Equal(bad, deadLetter && bad > 0 ? File.ReadAllLines(db.DeadLetter).Length : bad);
                Assert.Equal((deadLetter ? 0 : bad) + (passThru ? rows.Length + 1 - bad : 0), run.Output.Count);
                Assert.Equal(model.Count + 1, run.Summary.Inserted);
            },
            iter: 150, threads: 1);

    internal sealed record Row(string? Id, object? N, object? U, object? Must, bool Failed)
    {
        public static readonly object Absent = "absent";

        public static readonly Row First = new("first", 1, "first", "m", false);

        public Record ToRecord()
        {
            object?[] all = ["id", Id, "n", N, "u", U, "must", Must];
            object?[] given = [.. Enumerable.Range(0, 4).Where(i => !ReferenceEquals(all[(i * 2) + 1], Absent)).SelectMany(i => new[] { all[i * 2], all[(i * 2) + 1] })];
            return Failed ? Rec.Failed(given) : Rec.Of(given);
        }
    }

    /// <summary>What the table should hold, written down simply.</summary>
    private sealed class Model
    {
        private readonly Dictionary<string, (string Id, long N, string? U, string Must)> _rows = new(StringComparer.OrdinalIgnoreCase);

        public int Count => _rows.Count;

        public IEnumerable<string> Lines => _rows.OrderBy(row => row.Key.ToLowerInvariant(), StringComparer.Ordinal)
            .Select(row => $"{row.Value.Id}|{row.Value.N}|{row.Value.U ?? "null"}|{row.Value.Must}");

        public bool Apply(Row row)
        {
            if (row.Failed || row.Id is null || row.N is null or "x" or 9 || row.Must is null)
                return false;
            bool exists = _rows.TryGetValue(row.Id, out (string Id, long N, string? U, string Must) stored);
            if (!exists && ReferenceEquals(row.Must, Row.Absent))
                return false;
            string? u = ReferenceEquals(row.U, Row.Absent) ? stored.U : (string?)row.U;
            if (u is not null && _rows.Values.Any(other => other.U == u && !string.Equals(other.Id, row.Id, StringComparison.OrdinalIgnoreCase)))
                return false;
            long n = ReferenceEquals(row.N, Row.Absent) ? (exists ? stored.N : 5) : Convert.ToInt64(row.N, null);
            string must = ReferenceEquals(row.Must, Row.Absent) ? stored.Must : (string)row.Must;
            _rows[row.Id] = (exists ? stored.Id : row.Id, n, u, must);
            return true;
        }
    }
}
