using System.Text;
using EtlTools.Engine.Records;
using EtlTools.Engine.Transform;

namespace EtlTools.Engine.Extract.Csv;

/// <summary>Makes the failed records of a file, one factory for each cause. No message holds a value of a field.</summary>
internal static class CsvFailures
{
    private static readonly Schema Raw = new(["raw"]);

    /// <summary>A record that the framer refused.</summary>
    public static Record Unframed(CsvFile file, CsvFrame frame, ReadOnlySpan<byte> bytes, CsvBlock block, int row)
    {
        (string code, string what) = frame.Kind switch
        {
            CsvFrameKind.TooLarge => (ErrorCodes.RecordTooLarge,
                $"The record is longer than {file.Options.MaxRecordBytes} bytes, the most for -MaxFieldBytes {file.Options.MaxFieldBytes}."),
            CsvFrameKind.UnclosedQuote => (ErrorCodes.UnclosedQuote,
                $"A quote is opened and not closed at the end of a field, within -MaxFieldBytes {file.Options.MaxFieldBytes}. Reading went on with the next line."),
            _ => (ErrorCodes.InvalidBytes, "The record has bytes that are no text in the file's encoding. Name the right one with -Encoding, or use -InvalidBytes Replace."),
        };
        return Unparsed(file, code, what, null, bytes, block, row);
    }

    /// <summary>A record that breaks the rules of quoting at a field, from 0.</summary>
    public static Record Malformed(CsvFile file, int field, ReadOnlySpan<byte> bytes, CsvBlock block, int row)
    {
        string column = file.Layout.NameOf(field);
        string what = $"Column '{column}' (field {field + 1}) has text after a closing quote, or a quote inside quotes that is not {(file.Options.Escape is null ? "doubled" : "escaped")}.";
        return Unparsed(file, ErrorCodes.MalformedRow, what, column, bytes, block, row);
    }

    /// <summary>A row of more fields than can be parsed in bounded time.</summary>
    public static Record FarTooWide(CsvFile file, ReadOnlySpan<byte> bytes, CsvBlock block, int row) =>
        Unparsed(
            file,
            ErrorCodes.TooManyFields,
            $"The row has more than {CsvFields.MaxFields} fields, {Expected(file)}.",
            null,
            bytes,
            block,
            row);

    /// <summary>A row of too few or too many fields.</summary>
    public static Record WrongWidth(CsvFile file, string[] fields, CsvBlock block, int row)
    {
        string code = fields.Length < file.Layout.Width ? ErrorCodes.TooFewFields : ErrorCodes.TooManyFields;
        RecordError error = file.Owner.NewError(code, $"The row has {fields.Length} {(fields.Length == 1 ? "field" : "fields")}, {Expected(file)}.");
        return Failed(file.Layout.ForWidth(fields.Length), fields, block, row, error);
    }

    /// <summary>A row with a field that is too long.</summary>
    public static Record TooLong(CsvFile file, int field, ReadOnlySpan<byte> bytes, CsvBlock block, int row)
    {
        string column = file.Layout.NameOf(field);
        return Unparsed(
            file, ErrorCodes.FieldTooLarge, $"Column '{column}' (field {field + 1}) is longer than -MaxFieldBytes {file.Options.MaxFieldBytes}.", column, bytes, block, row);
    }

    /// <summary>A row with a value that is not of its column's type.</summary>
    /// <param name="file">The file.</param>
    /// <param name="column">The column.</param>
    /// <param name="values">The values of all columns, as text.</param>
    /// <param name="block">The row's block.</param>
    /// <param name="row">The row in it.</param>
    public static Record Unconverted(CsvFile file, int column, object?[] values, CsvBlock block, int row)
    {
        CsvLayout layout = file.Layout;
        string name = layout.Schema[column];
        string why = layout.IsInferred(column)
            ? ConversionRefusal.OfInferred(name, layout.Types[column], file.Options.Conversion)
            : ConversionRefusal.Of(name, layout.Types[column], file.Options.Conversion);
        RecordError error = file.Owner.NewError(ErrorCodes.ConversionFailed, $"{why}.", name);
        return Failed(layout.Schema, values, block, row, error);
    }

    private static string Expected(CsvFile file) => $"{file.Layout.Width} expected";

    private static Record Unparsed(
        CsvFile file, string code, string what, string? column, ReadOnlySpan<byte> bytes, CsvBlock block, int row)
    {
        int length = Math.Min(bytes.Length, CsvFrame.MaxRawBytes);
        // Not in the middle of a character.
        while (length > 0 && length < bytes.Length && (bytes[length] & 0xC0) == 0x80)
            length--;
        string raw = Encoding.UTF8.GetString(bytes[..length]);
        return Failed(Raw, [raw], block, row, file.Owner.NewError(code, what, column));
    }

    private static Record Failed(Schema schema, object?[] values, CsvBlock block, int row, RecordError error) =>
        new Record(schema, block, row).Derive(new Record(schema, values)).Fail(error);
}
