// Reads arrays that NumPy wrote: .npy (versions 1 to 3) and .npz, stored or deflated. And numbers as CSV, digits as PNG.
// A file is not trusted: sizes are limited before anything of that size is made, and nothing in it is ever executed.
const glNpy = (() => {
  const { Refused } = glReviewInputs;

  const MB = 2 ** 20;
  const MOST_BYTES = 64 * MB; // of a file, and of what it unpacks to
  const MOST_ENTRIES = 200; // of an archive
  const MOST_HEADER = 10_000; // characters, as in NumPy
  const CHUNK = 2 ** 18; // bytes that NumPy reads at a time; its messages tell of one
  const MOST_PICTURES = 2000;
  const MOST_SIDE = 64; // pixels
  const WHITE = 255;

  /** @typedef {{ kind: string, dtype: string, shape: number[], values: Float64Array }} Given */

  /** What NumPy would say of a damaged file. */
  class Damaged extends Error {}

  // ---- .npy ----

  /** @type {Record<string, [number, (view: DataView, at: number, little: boolean) => number]>} */
  const READ = {
    f2: [2, half],
    f4: [4, (view, at, little) => view.getFloat32(at, little)],
    f8: [8, (view, at, little) => view.getFloat64(at, little)],
    i1: [1, (view, at) => view.getInt8(at)],
    i2: [2, (view, at, little) => view.getInt16(at, little)],
    i4: [4, (view, at, little) => view.getInt32(at, little)],
    i8: [8, (view, at, little) => view.getInt32(at + (little ? 4 : 0), little) * 4294967296 + view.getUint32(at + (little ? 0 : 4), little)],
    u1: [1, (view, at) => view.getUint8(at)],
    u2: [2, (view, at, little) => view.getUint16(at, little)],
    u4: [4, (view, at, little) => view.getUint32(at, little)],
    u8: [8, (view, at, little) => view.getUint32(at + (little ? 4 : 0), little) * 4294967296 + view.getUint32(at + (little ? 0 : 4), little)],
  };
  const NAMES = /** @type {Record<string, string>} */ ({ b1: "bool", c8: "complex64", c16: "complex128" });

  /** @param {DataView} view @param {number} at @param {boolean} little */
  function half(view, at, little) {
    const bits = view.getUint16(at, little);
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 31;
    const rest = bits & 1023;
    if (exponent === 31) return rest ? NaN : sign * Infinity;
    return sign * (exponent ? (1 + rest / 1024) * 2 ** (exponent - 15) : rest * 2 ** -24);
  }

  /**
   * The header of an array: a dictionary of Python with three entries, read as such and never evaluated.
   * @param {string} text
   */
  function header(text) {
    const order = /'fortran_order'\s*:\s*(True|False)/.exec(text);
    const shape = /'shape'\s*:\s*\(([\d\s,L]*)\)/.exec(text);
    const descr = /'descr'\s*:\s*(?:'([^']*)'|(\[[^\n]*?\])\s*,\s*'fortran_order')/.exec(text);
    if (!order || !shape || !descr) throw new Damaged("its header cannot be read");
    const sides = shape[1].split(",").map((side) => side.trim().replace(/L$/, "")).filter(Boolean).map(Number);
    if (!sides.every(Number.isSafeInteger)) throw new Damaged("its header cannot be read");
    return { fortran: order[1] === "True", shape: sides, descr: descr[1], fields: descr[2] };
  }

  /** What Python shows of a type that is no number. @param {string} descr */
  function typeName(descr) {
    const [order, code] = [descr[0], descr.slice(1)];
    if (code in NAMES) return order === ">" ? descr : NAMES[code];
    const time = /^([mM])8\[(.*)\]$/.exec(code);
    if (time && order !== ">") return `${time[1] === "M" ? "datetime64" : "timedelta64"}[${time[2]}]`;
    return descr;
  }

  /** @param {Uint8Array} bytes @returns {Given} */
  function parseNpy(bytes) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const need = (/** @type {number} */ from, /** @type {number} */ size, /** @type {string} */ what) => {
      if (from + size > bytes.length) throw new Damaged(`EOF: reading ${what}, expected ${size} bytes got ${Math.max(0, bytes.length - from)}`);
    };
    need(0, 8, "magic string");
    const [major, minor] = [bytes[6], bytes[7]];
    if (![1, 2, 3].includes(major) || minor !== 0) {
      throw new Damaged(`we only support format version (1,0), (2,0), and (3,0), not (${major}, ${minor})`);
    }
    const width = major === 1 ? 2 : 4;
    need(8, width, "array header length");
    const size = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
    const start = 8 + width + size;
    need(8 + width, size, "array header");
    if (size > MOST_HEADER) throw new Damaged(`its header has ${size} bytes`);
    const text = new TextDecoder(major === 3 ? "utf-8" : "latin1").decode(bytes.subarray(8 + width, start));
    const { fortran, shape, descr, fields } = header(text);
    if (fields !== undefined) {
      if (/'[|<>=]?O\d*'/.test(fields)) throw new Damaged("it holds pickled objects");
      return { kind: "V", dtype: fields, shape, values: new Float64Array() };
    }
    const kind = descr.replace(/^[<>|=]/, "")[0];
    if (kind === "O") throw new Damaged("it holds pickled objects");
    const code = descr.replace(/^[<>|=]/, "");
    if (!(code in READ)) {
      if (kind === "f") throw new Damaged(`${descr} is a type of one machine alone`);
      return { kind, dtype: typeName(descr), shape, values: new Float64Array() };
    }
    const [bytesOfOne, read] = READ[code];
    const count = shape.reduce((product, side) => product * side, 1);
    const chunk = Math.floor(CHUNK / bytesOfOne);
    const there = Math.floor((bytes.length - start) / (chunk * bytesOfOne));
    if (start + count * bytesOfOne > bytes.length) {
      const from = start + there * chunk * bytesOfOne;
      need(from, Math.min(chunk, count - there * chunk) * bytesOfOne, "array data");
    }
    const values = new Float64Array(count);
    const little = descr[0] !== ">";
    for (let i = 0; i < count; i++) values[i] = read(view, start + i * bytesOfOne, little);
    return { kind, dtype: descr, shape, values: fortran ? turned(values, shape) : values };
  }

  /** From column by column to row by row. @param {Float64Array} values @param {number[]} shape */
  function turned(values, shape) {
    const out = new Float64Array(values.length);
    const at = shape.map(() => 0);
    for (let i = 0; i < values.length; i++) {
      let from = 0;
      for (let axis = shape.length - 1; axis >= 0; axis--) from = from * shape[axis] + at[axis];
      out[i] = values[from];
      for (let axis = shape.length - 1; axis >= 0 && ++at[axis] === shape[axis]; axis--) at[axis] = 0;
    }
    return out;
  }

  // ---- .npz ----

  const CRC = Uint32Array.from({ length: 256 }, (_, n) => {
    let c = n;
    for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
    return c;
  });

  /** @param {Uint8Array} bytes */
  function crc(bytes) {
    let c = 0xffffffff;
    for (let i = 0; i < bytes.length; i++) c = CRC[(c ^ bytes[i]) & 255] ^ (c >>> 8);
    return (c ^ 0xffffffff) >>> 0;
  }

  /**
   * The entries of an archive, by its directory at the end.
   * @param {Uint8Array} bytes
   * @returns {{ name: string, method: number, crc: number, packed: number, size: number, at: number }[]}
   */
  function entries(bytes) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let end = bytes.length - 22;
    while (end >= 0 && end >= bytes.length - 22 - 65535 && view.getUint32(end, true) !== 0x06054b50) end -= 1;
    if (end < 0 || view.getUint32(end, true) !== 0x06054b50) throw new Damaged("File is not a zip file");
    const count = view.getUint16(end + 10, true);
    if (count > MOST_ENTRIES) throw new Damaged(`it holds ${count} files, and at most ${MOST_ENTRIES} are looked at`);
    let at = view.getUint32(end + 16, true);
    const found = [];
    for (let i = 0; i < count; i++) {
      if (at + 46 > bytes.length || view.getUint32(at, true) !== 0x02014b50) throw new Damaged("its directory is damaged");
      const [name, extra, comment] = [28, 30, 32].map((offset) => view.getUint16(at + offset, true));
      found.push({
        name: new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + name)),
        method: view.getUint16(at + 10, true),
        crc: view.getUint32(at + 16, true),
        packed: view.getUint32(at + 20, true),
        size: view.getUint32(at + 24, true),
        at: view.getUint32(at + 42, true),
      });
      at += 46 + name + extra + comment;
    }
    return found;
  }

  /**
   * What an entry unpacks to; no more than it says, and never more than the limit.
   * @param {Uint8Array} bytes
   * @param {ReturnType<typeof entries>[number]} entry
   */
  async function unpack(bytes, entry) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (entry.size > MOST_BYTES) throw new Damaged(`${entry.name} unpacks to more than ${MOST_BYTES / MB} MB`);
    if (entry.at + 30 > bytes.length || view.getUint32(entry.at, true) !== 0x04034b50) throw new Damaged("its directory is damaged");
    const start = entry.at + 30 + view.getUint16(entry.at + 26, true) + view.getUint16(entry.at + 28, true);
    const packed = bytes.slice(start, start + entry.packed);
    let out = packed;
    if (entry.method === 8) out = await inflated(packed, entry);
    else if (entry.method !== 0) throw new Damaged("That compression method is not supported");
    if (out.length !== entry.size || crc(out) !== entry.crc) throw new Damaged(`Bad CRC-32 for file '${entry.name}'`);
    return out;
  }

  /** @param {Uint8Array<ArrayBuffer>} packed @param {{ name: string, size: number }} entry */
  async function inflated(packed, { name, size }) {
    const out = new Uint8Array(size);
    const reader = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
    for (let at = 0; ;) {
      let piece;
      try {
        piece = await reader.read();
      } catch {
        throw new Damaged(`Bad CRC-32 for file '${name}'`);
      }
      if (piece.done) return out.subarray(0, at);
      if (at + piece.value.length > size) {
        await reader.cancel(); // it says less than it holds
        throw new Damaged(`Bad CRC-32 for file '${name}'`);
      }
      out.set(piece.value, at);
      at += piece.value.length;
    }
  }

  // ---- CSV and PNG ----

  /** Rows of numbers between commas, semicolons or tabs; a first row of names is left out. @param {string} text @param {string} file @returns {Given} */
  function parseCsv(text, file) {
    const lines = text.replace(/^\uFEFF/, "").split(/\r\n|\n|\r/).filter((line) => line.trim() !== "");
    const mark = [";", "\t", ","].find((one) => lines.length > 0 && lines[0].includes(one)) ?? ",";
    const number = (/** @type {string} */ cell) => {
      const one = cell.trim().replace(/^"(.*)"$/, "$1");
      if (/^[+-]?(?:nan|inf(?:inity)?)$/i.test(one)) return /nan/i.test(one) ? NaN : Infinity;
      return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(one) ? Number(one) : undefined;
    };
    const rows = lines.map((line) => line.split(mark).map(number));
    if (rows.length > 0 && rows[0].every((cell) => cell === undefined)) rows.shift();
    const columns = rows[0]?.length ?? 0;
    const values = new Float64Array(rows.length * columns);
    for (const [i, row] of rows.entries()) {
      if (row.length !== columns) throw new Refused(["samples: its rows have different lengths; give one array of shape (N, ...)"]);
      for (const [k, value] of row.entries()) {
        if (value === undefined) {
          throw new Refused([`samples: ${file} has something else than a number in row ${i + 1}, column ${k + 1}; give rows of numbers`]);
        }
        values[i * columns + k] = value;
      }
    }
    return { kind: "f", dtype: "float64", shape: [rows.length, columns], values };
  }

  /** Pictures of digits, one each: gray, white is the highest count. @param {File[]} files @param {number} top @returns {Promise<Given>} */
  async function parsePictures(files, top) {
    if (files.length > MOST_PICTURES) throw new Refused([`samples: ${files.length} pictures, and at most ${MOST_PICTURES} are taken; write them into one .npy`]);
    const made = [];
    /** @type {number[]} */
    let sides = [];
    for (const file of files) {
      const bytes = new Uint8Array(await file.slice(0, 33).arrayBuffer());
      if (!isPng(bytes) || bytes.length < 33) throw new Refused([`samples: ${file.name} is no PNG, though others are; give pictures alone`]);
      const view = new DataView(bytes.buffer);
      const shape = [view.getUint32(20), view.getUint32(16)]; // height, width
      if (Math.max(...shape) > MOST_SIDE || file.size > MB) {
        throw new Refused([`samples: ${file.name} has ${shape[0]}x${shape[1]} pixels; give one picture for each digit`]);
      }
      if (sides.length > 0 && sides.join() !== shape.join()) throw new Refused(["samples: its rows have different lengths; give one array of shape (N, ...)"]);
      sides = shape;
      made.push(await pixels(file, shape, top));
    }
    const values = new Float64Array(made.length * sides[0] * sides[1]);
    made.forEach((one, i) => values.set(one, i * sides[0] * sides[1]));
    return { kind: "f", dtype: "float64", shape: [made.length, ...sides], values };
  }

  /** @param {File} file @param {number[]} shape @param {number} top */
  async function pixels(file, [height, width], top) {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [width, height];
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
    try {
      const picture = await createImageBitmap(file, { colorSpaceConversion: "none", premultiplyAlpha: "none" });
      context.drawImage(picture, 0, 0);
      picture.close();
    } catch {
      throw new Refused([`samples: ${file.name} is no picture that can be read`]);
    }
    const { data } = context.getImageData(0, 0, width, height);
    const out = new Float64Array(width * height);
    for (let i = 0; i < out.length; i++) {
      const [red, green, blue, alpha] = data.subarray(4 * i, 4 * i + 4);
      if (red !== green || red !== blue || alpha !== WHITE) {
        throw new Refused([`samples: ${file.name} has colors, or can be seen through; give gray pictures`]);
      }
      out[i] = (red / WHITE) * top;
    }
    return out;
  }

  // ---- files ----

  /** @param {Uint8Array} bytes */
  const isPng = (bytes) => bytes[0] === 0x89 && bytes[1] === 0x50 && bytes[2] === 0x4e && bytes[3] === 0x47;

  /** A name without its ending, as Python's `Path.stem`. @param {string} name */
  const stem = (name) => (name.lastIndexOf(".") > 0 ? name.slice(0, name.lastIndexOf(".")) : name);

  /**
   * The arrays that files hold, each with its name; Refused in the words of `python -m genloop.review`.
   * @param {File[]} files
   * @param {number} top the count that white stands for
   * @returns {Promise<{ title: string, arrays: { name: string, read: () => Promise<Given> }[] }>}
   */
  async function open(files, top) {
    const [file] = files;
    if (!file) throw new Refused(["samples: there is no file"]);
    const write = `write it with np.save('${stem(file.name)}.npy', array)`;
    const damaged = (/** @type {unknown} */ error) => {
      if (!(error instanceof Damaged)) return error;
      return new Refused([`samples: ${file.name} is no array that may be loaded (${error.message}); ${write}`]);
    };
    const begin = new Uint8Array(await file.slice(0, 8).arrayBuffer());
    if (isPng(begin)) {
      const read = () => parsePictures(files, top);
      return { title: files.length > 1 ? `${files.length} pictures` : file.name, arrays: [{ name: "pictures", read }] };
    }
    if (files.length > 1) throw new Refused([`samples: ${files.length} files; give one file of samples, or pictures alone`]);
    if (file.size > MOST_BYTES) throw new Refused([`samples: ${file.name} has more than ${MOST_BYTES / MB} MB; the page takes less, the command any size`]);
    const bytes = new Uint8Array(await file.arrayBuffer());
    const starts = (/** @type {number[]} */ ...of) => of.every((one, i) => bytes[i] === one);
    if (starts(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59)) {
      try {
        const given = parseNpy(bytes);
        return { title: file.name, arrays: [{ name: file.name, read: async () => given }] };
      } catch (error) {
        throw damaged(error);
      }
    }
    if (/\.csv$/i.test(file.name)) {
      const given = parseCsv(new TextDecoder().decode(bytes), file.name);
      return { title: file.name, arrays: [{ name: file.name, read: async () => given }] };
    }
    if (!starts(0x50, 0x4b)) throw new Refused([`samples: ${file.name} is no .npy and no .npz file; ${write}`]);
    try {
      const found = entries(bytes);
      if (found.some(({ name }) => name.endsWith("data.pkl"))) {
        const tensor = `np.save('${stem(file.name)}.npy', samples.detach().cpu().numpy())`;
        throw new Refused([`samples: ${file.name} was written by torch.save; write it with ${tensor}`]);
      }
      const named = found.filter(({ name }) => name.endsWith(".npy"));
      if (named.length === 0) throw new Refused([`samples: ${file.name} holds no array; ${write}`]);
      return {
        title: file.name,
        arrays: named.map((entry) => ({
          name: entry.name.slice(0, -4),
          read: async () => {
            try {
              return parseNpy(await unpack(bytes, entry));
            } catch (error) {
              throw damaged(error);
            }
          },
        })),
      };
    } catch (error) {
      throw damaged(error);
    }
  }

  return { open };
})();
