using System.Text;
using EtlTools.Engine.Records;
using EtlTools.Engine.Transform;

namespace EtlTools.Engine.Extract.Csv;

/// <summary>Creates the failed records of a file, with one factory for each cause. No message contains a field value.</summary>
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
            CsvFrameKind.OtherLineEnd => (ErrorCodes.LineEndMismatch,
                "The row, or the one before it, has a line end other than the first row of the file: it may be part of a row that contains a line break. Set -NewLine to what ends rows: CrLf, Lf or Cr."),
            CsvFrameKind.OtherColumns => (ErrorCodes.ColumnsChanged,
                "The row follows a #Fields line whose columns differ from those of the first. Split the file there and read its parts one by one."),
            CsvFrameKind.UnclosedQuote => (ErrorCodes.UnclosedQuote,
                $"A quote is opened, and none closes it at the end of a field within the next {file.Options.MaxFieldBytes} bytes (-MaxFieldBytes). Reading continued at the next line."),
            _ => (ErrorCodes.InvalidBytes, "The record has bytes that are not text in the file's encoding. Name the right one with -Encoding, such as 1252 for files of older Windows programs, or use -InvalidBytes Replace."),
        };
        return Unparsed(file, code, what, null, bytes, block, row);
    }

    /// <summary>A record of COPY text in which bytes are written as codes, such as \xe9, that are no text.</summary>
    public static Record InvalidCodes(CsvFile file, ReadOnlySpan<byte> bytes, CsvBlock block, int row) => Unparsed(
        file, ErrorCodes.InvalidBytes, "The record has bytes written as codes, such as \\xe9 or \\351, that are not text in UTF-8. Have the server write the file in UTF-8 (-Encoding does not apply to codes), or use -InvalidBytes Replace.", null, bytes, block, row);

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
        RecordError error = file.Owner.NewError(code, $"The row has {fields.Length} {(fields.Length == 1 ? "field" : "fields")}, {Expected(file)}.{WidthHint(file, fields)}");
        (Schema schema, int[] places) = file.Layout.ForWidth(fields.Length);
        string[] values = [.. places.Select(place => fields[place])];
        return Failed(schema, values, block, row, error with { Unconverted = UnconvertedOf(file, schema, values) });
    }

    private static string WidthHint(CsvFile file, string[] fields)
    {
        int width = file.Layout.Width;
        if (fields.Length > width && Array.TrueForAll(fields[width..], string.IsNullOrEmpty))
            return " The extra fields are empty: -MismatchedFieldAction DropEmpty leaves them out.";
        if (fields.Length < width && file.Layout.LastNamed <= fields.Length)
            return " The header's last columns have no name: -MismatchedFieldAction DropEmpty leaves them out.";
        return fields is [var only] && string.IsNullOrWhiteSpace(only) ? " It is blank: -Trim skips such rows." : "";
    }

    /// <summary>A row with a field that is too long.</summary>
    public static Record TooLong(CsvFile file, int field, ReadOnlySpan<byte> bytes, CsvBlock block, int row)
    {
        string column = file.Layout.NameOf(field);
        return Unparsed(
            file, ErrorCodes.FieldTooLarge, $"Column '{column}' (field {field + 1}) is longer than -MaxFieldBytes {file.Options.MaxFieldBytes}.", column, bytes, block, row);
    }

    /// <summary>A row with values that do not have their columns' types.</summary>
    /// <param name="file">The file.</param>
    /// <param name="columns">The columns of those values, at least one.</param>
    /// <param name="values">The values of all columns: texts in these, and the right types in all others.</param>
    /// <param name="block">The row's block.</param>
    /// <param name="row">The row in it.</param>
    public static Record Unconverted(CsvFile file, List<int> columns, object?[] values, CsvBlock block, int row)
    {
        CsvLayout layout = file.Layout;
        string why = string.Join("; ", columns.Select(column => layout.IsInferred(column)
            ? ConversionRefusal.OfInferred(layout.Schema[column], layout.Types[column], file.Options.Conversion)
            : ConversionRefusal.Of(layout.Schema[column], layout.Types[column], file.Options.Conversion, values[column] as string)));
        RecordError error = file.Owner.NewError(ErrorCodes.ConversionFailed, $"{why}.", layout.Schema[columns[0]]);
        return Failed(layout.Schema, values, block, row, error with { Unconverted = UnconvertedOf(file, layout.Schema, values) });
    }

    /// <summary>The texts among a row's values in typed columns.</summary>
    private static UnconvertedText[] UnconvertedOf(CsvFile file, Schema schema, object?[] values)
    {
        ConversionOptions conversion = file.Options.Conversion;
        if (conversion.IsDefault)
            return [];
        var context = ConversionContext.Of(conversion);
        return
        [
            .. file.Layout.TypedColumns.Select(column => schema.IndexOf(file.Layout.Schema[column]))
                .Where(index => index >= 0 && values[index] is string { Length: > 0 })
                .Select(index => new UnconvertedText(schema[index], (string)values[index]!, context)),
        ];
    }

    private static string Expected(CsvFile file) => $"{file.Layout.Width} expected";

    private static Record Unparsed(
        CsvFile file, string code, string what, string? column, ReadOnlySpan<byte> bytes, CsvBlock block, int row)
    {
        string raw = Encoding.UTF8.GetString(Utf8Text.Beginning(bytes, CsvFrame.MaxRawBytes));
        return Failed(Raw, [raw], block, row, file.Owner.NewError(code, what, column));
    }

    private static Record Failed(Schema schema, object?[] values, CsvBlock block, int row, RecordError error) =>
        new Record(schema, block, row).Derive(new Record(schema, values)).Fail(error);
}
