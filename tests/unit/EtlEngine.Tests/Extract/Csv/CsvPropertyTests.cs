using System.Text;
using CsCheck;
using EtlTools.Engine.Extract.Csv;
using Sylvan.Data.Csv;

namespace EtlTools.Engine.Tests.Extract.Csv;

public class CsvPropertyTests
{
    private static readonly string[] Newlines = ["\n", "\r\n", "\r"];
    private static readonly byte[][] Alphabets =
        [[.. ",\"\n\ra"u8], [.. ",\"\n"u8], [.. ",\"\r\na é§"u8, 0xFF, 0xC2, 0xC3], [.. ",,,\"\"\"\n\rabcdefgh"u8]];
    private static readonly Gen<string> GenField = Gen.OneOf(
        Gen.String["abc ,;\"\r\n\té日#\0\\'"],
        Gen.String["ab\"\\'"],
        Gen.String["#a"],
        Gen.Const(""),
        Gen.Const("😀\"😀"),
        Gen.Int[0, 70].Select(n => new string('x', n)));

    private static readonly Gen<(string[] Names, string[][] Rows)> GenTable =
        from width in Gen.Int[1, 40]
        from rows in GenField.Array[width].Array[0, 60]
        select (Enumerable.Range(0, width).Select(i => $"name{i}").ToArray(), rows);

    [Fact]
    public void Read_WhatASimpleWriterWrote_IsTheSame() =>
        (from table in GenTable
         from style in Gen.Int[0, 2]
         from seed in Gen.Int
         from maxPiece in OneOf(1, 2, 5, 64, 1000, int.MaxValue)
         from bufferSize in OneOf(1, 2, 10, 10_000)
         from mark in Gen.Bool
         select (table, style, seed, maxPiece, bufferSize, mark)).Sample(
            given =>
            {
                var random = new Random(given.seed);
                var dialect = new CsvOptions
                {
                    Delimiter = new[] { ",", ";", "\t", "§", "|", "x", "||", "::", "|~|", "a,a", "é😀", "\t \t" }[random.Next(12)],
                    Quote = "\"'"[random.Next(2)],
                    Escape = random.Next(2) == 0 ? '\\' : null,
                    Comment = random.Next(2) == 0 ? '#' : null,
                    SkipRows = random.Next(3),
                    // Rows that are NULs for the most part are taken as they are.
                    InvalidBytes = InvalidBytesAction.Replace,
                };
                var text = new StringBuilder(given.mark ? "\uFEFF" : "");
                var starts = new List<int>();
                string newline = Newlines[random.Next(3)];
                for (int i = 0; i < dialect.SkipRows; i++)
                    text.Append("Report \"of ' the, day\n");
                Write(text, given.table.Names, dialect, given.style, random, newline);
                foreach (string[] row in given.table.Rows)
                {
                    if (random.Next(5) == 0)
                        text.Append(newline);
                    if (dialect.Comment is not null && random.Next(5) == 0)
                        text.Append("# no \"row', at all").Append(newline);
                    starts.Add(Encoding.UTF8.GetByteCount(text.ToString()));
                    Write(text, row, dialect, given.style, random, newline);
                }
                byte[] bytes = Encoding.UTF8.GetBytes(text.ToString());
                CsvOutcome outcome = CsvReading.Read(
                    bytes,
                    dialect,
                    () => random.Next(1, given.maxPiece),
                    CsvReading.TwoWorkers with { BufferSize = given.bufferSize });

                Assert.Null(outcome.Fault);
                Assert.Empty(outcome.Failed);
                Assert.Equal(given.table.Rows.Length, outcome.Records.Count);
                for (int i = 0; i < outcome.Records.Count; i++)
                {
                    Record record = outcome.Records[i];
                    Assert.Equal(given.table.Rows[i], Enumerable.Range(0, record.Schema.Count).Select(c => record[c]));
                    Assert.Equal(starts[i], record.Position.ByteOffset);
                    Assert.Equal(CountLines(text.ToString(), bytes, starts[i]), record.Position.Line);
                    Assert.Equal(i + 1, record.Position.Row);
                }
            },
            iter: 500);

    [Fact]
    public void Read_AnyTable_GivesWhatSylvanGives() =>
        (from table in GenTable
         from style in Gen.Int[0, 2]
         from seed in Gen.Int
         from bufferSize in OneOf(1, 10, 10_000)
         select (table, style, seed, bufferSize)).Sample(
            given =>
            {
                var random = new Random(given.seed);
                var dialect = new CsvOptions { Delimiter = $"{",;\t|"[random.Next(4)]}", Quote = "\"'"[random.Next(2)], InvalidBytes = InvalidBytesAction.Replace };
                // Not a lone CR, nor both in one file: Sylvan reads on over those.
                string newline = Newlines[random.Next(2)];
                var text = new StringBuilder();
                Write(text, given.table.Names, dialect, given.style, random, newline);
                foreach (string[] row in given.table.Rows)
                    Write(text, row, dialect, given.style, random, newline);
                CsvOutcome outcome = CsvReading.Read(
                    Encoding.UTF8.GetBytes(text.ToString()), dialect, () => random.Next(1, 5000), CsvReading.TwoWorkers with { BufferSize = given.bufferSize });

                using CsvDataReader judge = CsvDataReader.Create(new StringReader(text.ToString()), new CsvDataReaderOptions
                {
                    Delimiter = dialect.Delimiter![0],
                    Quote = dialect.Quote!.Value,
                    Escape = dialect.Quote!.Value,
                    Comment = '\uFFFF',
                });
                Assert.Null(outcome.Fault);
                foreach (Record record in outcome.Records)
                {
                    Assert.True(judge.Read());
                    Assert.Null(record.Error);
                    Assert.Equal(Enumerable.Range(0, judge.FieldCount).Select(judge.GetName), record.Schema.Names);
                    Assert.Equal(judge.FieldCount, judge.RowFieldCount);
                    Assert.Equal(Enumerable.Range(0, judge.FieldCount).Select(judge.GetString), Enumerable.Range(0, record.Schema.Count).Select(c => record[c]));
                }
                Assert.False(judge.Read());
            },
            iter: 500);

    [Fact]
    public void Read_AnyBytes_GivesWhatTheModelGives() =>
        (from letters in Gen.Int[0, Alphabets.Length - 1]
         from picks in Gen.Int[0, 1000].Array[0, 400]
         from delimiter in OneOf(",", ",", ",", "§", "a", ",,", "aa", ",a,", "é§")
         from limit in OneOf(1, 2, 3, 7, 20, 1000)
         from fieldLimit in OneOf(1, 2, 3, 7, 20, 1000)
         from pieces in Gen.Int[1, 400].Array[1, 20]
         from bufferSize in OneOf(1, 3, 10_000)
         select (bytes: picks.Select(pick => Alphabets[letters][pick % Alphabets[letters].Length]).ToArray(), delimiter, limit, fieldLimit, pieces, bufferSize)).Sample(
            given =>
            {
                int next = 0;
                CsvOutcome outcome = CsvReading.Read(
                    given.bytes,
                    new CsvOptions { Delimiter = given.delimiter, MaxFieldBytes = given.fieldLimit, MaxRecordBytes = given.limit, Header = ["a", "b"] },
                    () => given.pieces[next++ % given.pieces.Length],
                    CsvReading.TwoWorkers with { BufferSize = given.bufferSize });
                List<CsvModel.Row> expected = new CsvModel(given.bytes, Encoding.UTF8.GetBytes(given.delimiter), 2, given.fieldLimit, given.limit).Read();
                if (outcome.Fault is not null)
                {
                    if (outcome.Fault.Code == FailureCodes.WrongDelimiter)
                        return;
                    Assert.Contains("-Header has 2 names", outcome.Fault.Message, StringComparison.Ordinal);
                    Assert.DoesNotContain(expected.Take(100), row => row.Code is null);
                    return;
                }
                Assert.Equal(expected.Select(Render), outcome.Records.Select(Render));
                Assert.Equal(Enumerable.Range(1, outcome.Records.Count), outcome.Records.Select(record => (int)record.Position.Row));
            },
            iter: 4_000);

    [Fact]
    public void Read_AnyBytesInAnyDialect_CountsEveryRowAndDoesNotDependOnThePieces() =>
        (from picks in Gen.Int[0, 1000].Array[0, 300]
         from seed in Gen.Int
         from pieces in Gen.Int[1, 100].Array[1, 10]
         select (picks, seed, pieces)).Sample(
            given =>
            {
                var random = new Random(given.seed);
                byte[] letters = [.. ",;\"\"'\\#\n\r\t ab1-§"u8, 0xFF, 0];
                byte[] bytes = [.. given.picks.Select(pick => letters[pick % letters.Length])];
                var options = new CsvOptions
                {
                    Delimiter = new[] { ",", ";", "\t", "§", ",,", ";,;", "\t,", null }[random.Next(8)],
                    Quote = new char?[] { '"', '\'', null }[random.Next(3)],
                    Comment = random.Next(2) == 0 ? '#' : null,
                    SkipRows = random.Next(3),
                    Trim = random.Next(2) == 0,
                    NoHeader = true,
                    InferTypes = random.Next(2) == 0,
                    DistinguishEmptyFromNull = random.Next(2) == 0,
                    InvalidBytes = (InvalidBytesAction)random.Next(2),
                    MismatchedFields = (MismatchedFields)random.Next(4),
                    MaxFieldBytes = random.Next(2) == 0 ? 5 : 1000,
                };
                if (options.Quote is not null && random.Next(2) == 0)
                    options = options with { Escape = '\\' };
                int next = 0;
                CsvOutcome inPieces = CsvReading.Read(
                    bytes, options with { Delimiter = options.Delimiter ?? "," }, () => given.pieces[next++ % given.pieces.Length], CsvReading.TwoWorkers with { BufferSize = 3 });
                CsvOutcome atOnce = CsvReading.Read(bytes, options with { Delimiter = options.Delimiter ?? "," });
                CsvOutcome guessed = CsvReading.Read(bytes, options with { Delimiter = null });
                Assert.Null(inPieces.Fault);
                Assert.Null(guessed.Fault);
                Assert.Equal(atOnce.Records.Select(Render), inPieces.Records.Select(Render));
                Assert.Equal(Enumerable.Range(1, atOnce.Records.Count), atOnce.Records.Select(record => (int)record.Position.Row));
            },
            iter: 3_000);

    private static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static string Render(CsvModel.Row row) => $"{row.Line} {row.Offset} {row.Code} {row.Text}";

    private static string Render(Record record) =>
        $"{record.Position.Line} {record.Position.ByteOffset} {record.Error?.Code} {string.Join('|', Enumerable.Range(0, record.Schema.Count).Select(i => record[i]))}";

    /// <summary>Quotes what must be quoted, or everything, or what chance says.</summary>
    private static void Write(StringBuilder text, string[] fields, CsvOptions dialect, int style, Random random, string newline)
    {
        char quote = dialect.Quote!.Value;
        for (int i = 0; i < fields.Length; i++)
        {
            if (i > 0)
                text.Append(dialect.Delimiter);
            bool mustQuote = fields[i].AsSpan().ContainsAny([quote, '\r', '\n', .. dialect.Delimiter!]) || fields is [""]
                || (i == 0 && dialect.Comment is { } comment && fields[i].StartsWith(comment));
            if (mustQuote || style == 1 || (style == 2 && random.Next(2) == 0))
                text.Append(quote).Append(Escaped(fields[i], quote, dialect.Escape)).Append(quote);
            else
                text.Append(fields[i]);
        }
        text.Append(newline);
    }

    private static string Escaped(string field, char quote, char? escape) => escape is null
        ? field.Replace($"{quote}", $"{quote}{quote}", StringComparison.Ordinal)
        : field.Replace($"{escape}", $"{escape}{escape}", StringComparison.Ordinal).Replace($"{quote}", $"{escape}{quote}", StringComparison.Ordinal);

    private static int CountLines(string text, byte[] bytes, int offset)
    {
        string before = Encoding.UTF8.GetString(bytes, 0, offset);
        Assert.StartsWith(before, text, StringComparison.Ordinal);
        return 1 + before.Replace("\r\n", "\n", StringComparison.Ordinal).Count(c => c is '\n' or '\r');
    }
}
